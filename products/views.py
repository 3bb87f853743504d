from products.forms import ProductForm
from products.models import Product
from records.pages import Column, RecordPages

PAGES = RecordPages(
    namespace="products",
    model=Product,
    form=ProductForm,
    columns=(
        Column(name="sku", heading="SKU"),
        Column(name="name", heading="Name"),
        Column(name="category", heading="Category"),
        Column(name="price", heading="Price", is_number=True),
        Column(name="currency", heading="Currency"),
        Column(name="quantity_on_hand", heading="On hand", is_number=True),
        Column(name="status", heading="Status"),
    ),
    searched=("sku", "name", "category", "description", "gtin"),
)
