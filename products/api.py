from products.serializers import ProductSerializer
from products.views import PAGES
from records.api import RecordViewSet


class ProductViewSet(RecordViewSet):
    pages = PAGES
    serializer_class = ProductSerializer
    example = {"sku": "B-1001", "name": "Bolt M8", "currency": "EUR", "price": "0.25"}
