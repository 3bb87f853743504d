from django.db import models

from records.models import Record


class Status(models.TextChoices):
    ACTIVE = "active", "active"
    ON_HOLD = "on_hold", "on hold"
    CLOSED = "closed", "closed"


class Customer(Record):
    key_field = "number"

    number = models.CharField("customer number", max_length=50, unique=True)
    name = models.CharField(max_length=200, db_index=True)
    contact_person = models.CharField(max_length=200, blank=True, default="")
    email = models.CharField("e-mail", max_length=254, blank=True, default="")
    phone = models.CharField(max_length=50, blank=True, default="")
    street = models.CharField(max_length=200, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    region = models.CharField(max_length=100, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    country = models.CharField(
        max_length=2, blank=True, default="", help_text="ISO 3166 code, such as DE"
    )
    tax_id = models.CharField("tax id", max_length=50, blank=True, default="")
    currency = models.CharField(
        max_length=3, blank=True, default="", help_text="ISO 4217 code, such as EUR"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    credit_limit = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    notes = models.TextField(max_length=5000, blank=True, default="")

    class Meta(Record.Meta):
        ordering = ["number"]
