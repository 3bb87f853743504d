"""A program that speaks to the API over the network."""

from datetime import timedelta
from typing import Any

import requests

from accounts.models import ApiToken
from customers.models import Customer
from outbox.models import Message
from records.context import Source
from records.models import Change
from tests.people import person


class Program:
    """Alice's, who is an editor; it knows customers only."""

    def __init__(self, address: str) -> None:
        """`address`: of the site."""
        _, token = ApiToken.objects.create(  # type: ignore[no-untyped-call]
            user=person("alice", "editor"), name="shop", expiry=timedelta(hours=1)
        )
        self._address = f"{address}/api/v1/customers"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        self._session.close()

    def etag(self, number: str) -> str:
        return self._session.get(f"{self._address}/{number}", timeout=30).headers["ETag"]

    def create(self, number: str, **values: str) -> requests.Response:
        return self._send("PUT", number, values, {"If-None-Match": "*"})

    def update(self, number: str, seen: str, **values: str) -> requests.Response:
        """`seen`: the ETag of what the program knows."""
        return self._send("PATCH", number, values, {"If-Match": seen})

    def _send(
        self, method: str, number: str, values: Any, headers: dict[str, str]
    ) -> requests.Response:
        address = f"{self._address}/{number}"
        return self._session.request(method, address, json=values, headers=headers, timeout=60)


def edits(number: str) -> int:
    """How many of a customer are saved: the same wherever one looks for them."""
    changes = Change.objects.filter(key=number).exclude(source=Source.INBOUND).count()
    assert Message.objects.filter(lane__key=number).count() == changes
    version = Customer.objects.filter(number=number).values_list("version", flat=True).first()
    assert (version or 0) == changes
    return changes
