from django.contrib import admin

from customers.models import Customer
from records.admin import RecordAdmin


@admin.register(Customer)
class CustomerAdmin(RecordAdmin):
    list_display = ("number", "name", "city", "country", "status", "version", "updated_at")
