from products.models import Product
from records.api import RecordSerializer


class ProductSerializer(RecordSerializer[Product]):
    class Meta:
        model = Product
