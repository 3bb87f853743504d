from products.models import Product
from records.forms import RecordForm


class ProductForm(RecordForm[Product]):
    sections = {
        "Product": ("sku", "name", "status", "category", "gtin", "description"),
        "Price": ("price", "currency"),
        "Stock": ("unit", "weight", "quantity_on_hand"),
    }
    money = frozenset({"price"})

    class Meta:
        model = Product
        fields = [
            "sku",
            "name",
            "status",
            "category",
            "gtin",
            "description",
            "price",
            "currency",
            "unit",
            "weight",
            "quantity_on_hand",
        ]
        help_texts = {
            "sku": "Cannot be changed once it is saved: the ERP knows the product by it.",
            "price": "For one unit, with a point before the decimals: 1234.50",
        }
