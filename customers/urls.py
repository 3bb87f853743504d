from customers.views import PAGES
from records.urls import record_urls

app_name = "customers"
urlpatterns = record_urls(PAGES)
