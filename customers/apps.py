from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = "Customers"

    def ready(self) -> None:
        from customers.columns import COLUMN_NAMES
        from customers.mapping import CustomerToErp
        from customers.models import Customer
        from customers.rules import RULES
        from records.registry import RecordType, register

        register(
            RecordType(
                name="customer",
                model=Customer,
                mappings=(CustomerToErp(),),
                rules=RULES,
                column_names=COLUMN_NAMES,
            )
        )
