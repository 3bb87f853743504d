from products.models import Product, Status
from records.mapping import REMOTE, Field, Mapping


class ProductToErp(Mapping[Product]):
    class Meta:
        record = Product
        destination = "erp"
        remote = "products"
        version = 1

    sku = Field("item_no", key=True, max_length=64)
    name = Field("title", required=True, max_length=200)
    description = Field("description", max_length=5000)
    category = Field("category", max_length=200)
    unit = Field("unit_of_measure", max_length=50)
    price = Field("list_price")
    currency = Field("currency")
    gtin = Field("gtin")
    weight = Field("weight_kg")
    status = Field(
        "state", values={Status.DRAFT: "D", Status.ACTIVE: "A", Status.DISCONTINUED: "X"}
    )
    quantity_on_hand = Field("quantity_on_hand", owner=REMOTE)
