"""Fixtures of the API: clients with a token, and what they send."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client

from accounts.models import ApiToken
from customers.models import Customer
from outbox.models import Lane, Message
from products.models import Product
from records.actions import create_record
from records.context import EditContext
from records.models import Change
from records.registry import record_type

CUSTOMERS = "/api/v1/customers"
PRODUCTS = "/api/v1/products"


class Api:
    """A client of the API; answers are as Django's test client gives them."""

    def __init__(self, token: str = "", **options: Any) -> None:
        self.client = Client(raise_request_exception=False, **options)
        self.token = token

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        """`body`: bytes as they are, anything else as JSON. `if_match=…` is the header If-Match."""
        raw = body if isinstance(body, bytes) else b"" if body is None else _json(body)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("authorization", f"Bearer {self.token}")
        return self.client.generic(
            method, path, raw, content_type=content_type if raw else "", headers=sent
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.send("DELETE", path, **headers)


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()


RIGHTS = ("view", "add", "change", "delete")


def user_with(name: str, *rights: str) -> User:
    """`rights`: actions, on customers and products."""
    user = User.objects.create_user(name)
    codenames = [f"{right}_{model}" for right in rights for model in ("customer", "product")]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def token_of(user: User, *, expires_in: timedelta = timedelta(hours=1)) -> str:
    _, token = ApiToken.objects.create(  # type: ignore[no-untyped-call]
        user=user, name="tests", expiry=expires_in
    )
    return str(token)


def api_of(name: str, *rights: str) -> Api:
    return Api(token_of(user_with(name, *rights)))


@pytest.fixture
def api(db: None) -> Api:
    """Alice's, who may do everything with records."""
    return api_of("alice", *RIGHTS)


@pytest.fixture
def acme(db: None, bob: EditContext) -> Customer:
    values = {"number": "C-1", "name": "Acme", "city": "Berlin", "country": "DE"}
    customer = create_record(record_type("customer"), values, context=bob).record
    assert isinstance(customer, Customer)
    return customer


@pytest.fixture
def bolt(db: None, bob: EditContext) -> Product:
    values = {"sku": "B-1", "name": "Bolt", "price": "18", "currency": "EUR", "weight": "0.25"}
    product = create_record(record_type("product"), values, context=bob).record
    assert isinstance(product, Product)
    return product


def etag(record: Any) -> str:
    record.refresh_from_db()
    return f'"{record.pk.hex}-{record.version}"'


def codes(answer: Any) -> dict[str, str]:
    """Pointer or parameter → code."""
    return {
        error.get("pointer", error.get("parameter")): error["code"]
        for error in answer.json()["errors"]
    }


def kind(answer: Any) -> str:
    """The name of the problem, once it is known to be one."""
    assert answer["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == answer.status_code
    assert said["request_id"] == answer["X-Request-ID"]
    return str(said["type"]).removeprefix("/api/docs/problems#")


Snapshot = Callable[[], list[list[dict[str, Any]]]]


@pytest.fixture
def everything() -> Snapshot:
    """All rows of all tables that an edit writes to."""
    tables: tuple[type[Model], ...] = (Customer, Product, Change, Lane, Message)
    return lambda: [list(table._default_manager.order_by("pk").values()) for table in tables]
