"""Fixtures of the records room: a customer, a second destination, nothing written."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from django.db import connection, models
from pytest_django import Settings

from customers.mapping import CustomerToErp
from customers.models import Customer, Status
from outbox.connectors.memory import MemoryConnector, MemoryRemote
from outbox.models import Lane, Message
from products.models import Product
from records import registry
from records.actions import create_record
from records.context import EditContext
from records.mapping import Field, Mapping
from records.models import Change, Record
from records.registry import RecordType

WRITTEN: tuple[type[models.Model], ...] = (Customer, Product, Change, Lane, Message)

NothingWritten = Callable[[], AbstractContextManager[None]]
MapCustomers = Callable[..., RecordType]
OnAnotherConnection = Callable[..., "Beside"]


class CustomerToCrm(Mapping[Customer]):
    """A second destination's view of a customer: other names, fewer fields."""

    class Meta:
        record = Customer
        destination = "crm"
        remote = "accounts"
        version = 3

    number = Field("code", key=True)
    name = Field("title", required=True, max_length=40)
    status = Field("stage", values={Status.ACTIVE: "live", Status.ON_HOLD: "held"})
    credit_limit = Field("limit")


@pytest.fixture
def acme(db: None, customers: RecordType, alice: EditContext) -> Record:
    """Customer C-1, as Alice created it."""
    return create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice).record


@pytest.fixture
def nothing_written() -> NothingWritten:
    """A block after which every row of records, change log and outbox is as it was before."""

    @contextmanager
    def block() -> Iterator[None]:
        before = _all_rows()
        yield
        assert _all_rows() == before

    return block


def _all_rows() -> dict[str, list[dict[str, Any]]]:
    return {model.__name__: list(model._base_manager.order_by("pk").values()) for model in WRITTEN}


@pytest.fixture
def map_customers(customers: RecordType, monkeypatch: pytest.MonkeyPatch) -> MapCustomers:
    """Registers customers with these mappings, until the test ends."""
    monkeypatch.setattr(registry, "_types", dict(registry._types))

    def register(*mappings: Mapping[Any], **others: Any) -> RecordType:
        variant = replace(customers, mappings=mappings, **others)
        registry.register(variant)
        return variant

    return register


@pytest.fixture
def crm(erp: MemoryRemote, settings: Settings) -> MemoryRemote:
    """The remote in memory that a second destination, `crm`, speaks to."""
    settings.DESTINATIONS = settings.DESTINATIONS | {
        "crm": {"LABEL": "CRM", "CONNECTOR": "outbox.connectors.memory.MemoryConnector"}
    }
    return MemoryConnector.remote_of("crm")


@pytest.fixture
def customers_in_both(crm: MemoryRemote, map_customers: MapCustomers) -> RecordType:
    """Customers that go to the ERP and to the CRM."""
    return map_customers(CustomerToErp(), CustomerToCrm())


@pytest.fixture
def on_another_connection() -> Iterator[OnAnotherConnection]:
    """Starts a call in a thread, which has a database connection of its own."""
    started: list[Beside] = []

    def start(call: Callable[..., Any], *args: Any, **kwargs: Any) -> "Beside":
        started.append(Beside(call, *args, **kwargs))
        return started[-1]

    yield start
    for beside in started:
        beside.thread.join(30)


class Beside:
    """A call under way on another connection."""

    def __init__(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        self.thread = Thread(target=self._run, args=(call, args, kwargs), daemon=True)
        self.thread.start()

    def is_waiting(self) -> bool:
        """Whether it still has not ended after a while that is long for an edit."""
        self.thread.join(0.5)
        return self.thread.is_alive()

    def outcome(self) -> Any:
        """What it returned, or raises what it raised."""
        self.thread.join(30)
        assert not self.thread.is_alive()
        if self.error is not None:
            raise self.error
        return self.result

    def _run(self, call: Callable[..., Any], args: Any, kwargs: Any) -> None:
        try:
            self.result = call(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001  raised again by outcome()
            self.error = error
        finally:
            connection.close()
