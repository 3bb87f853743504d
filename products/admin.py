from django.contrib import admin

from products.models import Product
from records.admin import RecordAdmin


@admin.register(Product)
class ProductAdmin(RecordAdmin):
    list_display = ("sku", "name", "status", "price", "currency", "version", "updated_at")
