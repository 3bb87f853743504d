"""Customers to edit, made through the write door."""

from collections.abc import Sequence
from typing import Any, Final

from django.db import transaction

from records.actions import Prepared, Row, prepare_rows, save_rows
from records.context import EditContext, Source
from records.registry import RecordType, record_type

CONTEXT: Final = EditContext(actor="alice", source=Source.FORM, reference="benchmark")


def customer_type() -> RecordType:
    return record_type("customer")


def values_of(key: str) -> dict[str, Any]:
    return {
        "number": key,
        "name": f"Alfreds Futterkiste {key}",
        "contact_person": "Maria Anders",
        "email": f"{key.lower()}@alfreds.example",
        "phone": "+49 30 0074321",
        "street": "Obere Str. 57",
        "city": "Berlin",
        "postal_code": "12209",
        "country": "DE",
        "currency": "EUR",
        "notes": "Delivers in the morning only; ask for Maria at the gate.",
    }


def prepared_customers(keys: Sequence[str]) -> list[Prepared]:
    prepared = prepare_rows(customer_type(), [Row(values=values_of(key)) for key in keys])
    refused = [item.refusal for item in prepared if item.refusal is not None]
    if refused:
        raise refused[0]
    return prepared


def create_customers(keys: Sequence[str]) -> None:
    prepared = prepared_customers(keys)
    with transaction.atomic():
        save_rows(customer_type(), prepared, context=CONTEXT)
