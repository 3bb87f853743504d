"""Fixtures of the pages: people who are logged in, records, forms as browsers send them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from customers.models import Customer
from outbox.models import DestinationState, Lane, Message, WakeRequest
from products.models import Product
from records.actions import create_record
from records.context import EditContext
from records.models import Change, Record
from records.registry import record_type
from tests.people import browser_of, person

#: What a browser sends of the page for a new customer, one field per box.
BLANK_CUSTOMER = dict.fromkeys(
    [
        "name",
        "tax_id",
        "contact_person",
        "email",
        "phone",
        "street",
        "city",
        "postal_code",
        "region",
        "country",
        "currency",
        "notes",
    ],
    "",
) | {"number": "C-1", "status": "active"}


@pytest.fixture
def alices_browser(db: None) -> Client:
    return browser_of(person("alice", "editor"))


@pytest.fixture
def bobs_browser(db: None) -> Client:
    return browser_of(person("bob", "editor"))


@pytest.fixture
def acme(db: None, alice: EditContext) -> Customer:
    return add_customer(alice, "C-1", name="Acme", city="Berlin", email="info@acme.example")


@pytest.fixture
def bolt(db: None, alice: EditContext) -> Product:
    values = {"sku": "B-1", "name": "Bolt", "price": "18", "currency": "EUR", "weight": "0.25"}
    product = create_record(record_type("product"), values, context=alice).record
    assert isinstance(product, Product)
    return product


def add_customer(context: EditContext, number: str, **values: Any) -> Customer:
    given = {"number": number, "name": f"Customer {number}"} | values
    customer = create_record(record_type("customer"), given, context=context).record
    assert isinstance(customer, Customer)
    return customer


def typed(record: Record, **changed: Any) -> dict[str, Any]:
    """What a browser sends of the edit page of a record, with these boxes changed."""
    values = {name: "" if value is None else value for name, value in record.values().items()}
    return values | {"seen_version": record.version} | changed


Snapshot = Callable[[], list[list[dict[str, Any]]]]


@pytest.fixture
def everything() -> Snapshot:
    """All rows of all tables that an edit writes to."""
    written: tuple[type[Model], ...] = (
        Customer,
        Product,
        Change,
        Lane,
        Message,
        DestinationState,
        WakeRequest,
    )
    return lambda: [list(model._default_manager.order_by("pk").values()) for model in written]
