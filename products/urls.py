from products.views import PAGES
from records.urls import record_urls

app_name = "products"
urlpatterns = record_urls(PAGES)
