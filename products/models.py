from django.db import models

from records.models import Record


class Status(models.TextChoices):
    DRAFT = "draft", "draft"
    ACTIVE = "active", "active"
    DISCONTINUED = "discontinued", "discontinued"


class Product(Record):
    key_field = "sku"

    sku = models.CharField("SKU", max_length=64, unique=True)
    name = models.CharField(max_length=200, db_index=True)
    description = models.TextField(max_length=5000, blank=True, default="")
    category = models.CharField(max_length=200, blank=True, default="")
    unit = models.CharField(
        max_length=50, blank=True, default="", help_text="What one is, such as piece or 500 g bag"
    )
    price = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    currency = models.CharField(
        max_length=3, blank=True, default="", help_text="ISO 4217 code, such as EUR"
    )
    gtin = models.CharField(
        "GTIN", max_length=14, blank=True, default="", help_text="The number under the bar code"
    )
    weight = models.DecimalField(
        max_digits=10, decimal_places=3, null=True, blank=True, help_text="kg"
    )
    status = models.CharField(max_length=12, choices=Status, default=Status.ACTIVE)
    quantity_on_hand = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)

    class Meta(Record.Meta):
        ordering = ["sku"]
