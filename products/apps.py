from django.apps import AppConfig


class ProductsConfig(AppConfig):
    name = "products"
    verbose_name = "Products"

    def ready(self) -> None:
        from products.columns import COLUMN_NAMES
        from products.mapping import ProductToErp
        from products.models import Product
        from products.rules import RULES, check_record
        from records.registry import RecordType, register

        register(
            RecordType(
                name="product",
                model=Product,
                mappings=(ProductToErp(),),
                rules=RULES,
                check_record=check_record,
                column_names=COLUMN_NAMES,
            )
        )
