from products.models import Product
from records.forms import RecordForm

SECTIONS = {
    "Product": ("sku", "name", "status", "category", "gtin", "description"),
    "Price": ("price", "currency"),
    "Stock": ("unit", "weight", "quantity_on_hand"),
}


class ProductForm(RecordForm[Product]):
    sections = SECTIONS
    money = frozenset({"price"})

    class Meta:
        model = Product
        fields = [name for names in SECTIONS.values() for name in names]
        help_texts = {
            "sku": "Cannot be changed once it is saved: the ERP knows the product by it.",
            "price": "For one unit, with a point before the decimals: 1234.50",
        }
