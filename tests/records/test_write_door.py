"""The write door: whatever writes a record past records/actions/ is refused, by any road."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test.utils import isolate_apps
from django.utils import timezone

from customers.models import Customer
from outbox.recording import record
from records.actions import create_record, update_record
from records.context import EditContext
from records.door import open_door, require_open_door
from records.errors import PastTheDoor, RecordInvalid, RecordMissing
from records.models import Record
from records.registry import RecordType
from tests.records.conftest import NothingWritten

pytestmark = pytest.mark.django_db


def _new(number: str = "C-2") -> Customer:
    now = timezone.now()
    return Customer(number=number, name="Bolt", created_at=now, updated_at=now)


def _changed() -> Customer:
    customer = Customer.objects.get(number="C-1")
    customer.name = "Bolt"
    return customer


def _get_or_create() -> None:
    Customer.objects.get_or_create(number="C-2", defaults={"name": "Bolt"})


def _update_or_create(number: str) -> None:
    Customer.objects.update_or_create(number=number, defaults={"name": "Bolt"})


def _update_in_a_transaction_of_ones_own() -> None:
    with transaction.atomic():
        Customer.objects.update(name="Bolt")


WAYS_PAST: dict[str, Callable[[], object]] = {
    "save of a new one": lambda: _new().save(),
    "save of a changed one": lambda: _changed().save(update_fields=["name"]),
    "delete of one": lambda: _changed().delete(),
    "create": lambda: Customer.objects.create(number="C-2", name="Bolt"),
    "get_or_create": _get_or_create,
    "update_or_create, creating": lambda: _update_or_create("C-2"),
    "update_or_create, updating": lambda: _update_or_create("C-1"),
    "update": lambda: Customer.objects.filter(number="C-1").update(name="Bolt"),
    "update in a transaction": _update_in_a_transaction_of_ones_own,
    "delete of many": lambda: Customer.objects.all().delete(),
    "bulk_create": lambda: Customer.objects.bulk_create([_new()]),
    "insert": lambda: Customer.objects.insert([_new()]),
    "bulk_update": lambda: Customer.objects.bulk_update([_changed()], ["name"]),
    "the base manager": lambda: Customer._base_manager.update(name="Bolt"),
    "the base manager's delete": lambda: Customer._base_manager.all().delete(),
}


@pytest.mark.parametrize("way", WAYS_PAST)
def test_writing_past_the_door_is_refused(
    way: str, acme: Record, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(PastTheDoor), transaction.atomic():
        WAYS_PAST[way]()


ASYNCHRONOUS_WAYS_PAST: dict[str, Callable[[], object]] = {
    "asave": lambda: _new().asave(),
    "acreate": lambda: Customer.objects.acreate(number="C-2", name="Bolt"),
    "aupdate": lambda: Customer.objects.aupdate(name="Bolt"),
    "adelete": lambda: Customer.objects.all().adelete(),
    "abulk_create": lambda: Customer.objects.abulk_create([_new()]),
}


@pytest.mark.parametrize("way", ASYNCHRONOUS_WAYS_PAST)
def test_writing_past_the_door_asynchronously_is_refused(
    way: str, acme: Record, nothing_written: NothingWritten
) -> None:
    async def write() -> None:
        await ASYNCHRONOUS_WAYS_PAST[way]()  # type: ignore[misc]

    with nothing_written(), pytest.raises(PastTheDoor):
        asyncio.run(write())


def test_loading_a_fixture_is_refused(
    tmp_path: Path, acme: Record, nothing_written: NothingWritten
) -> None:
    fixture = tmp_path / "customers.json"
    fields = {
        "number": "C-2",
        "name": "Bolt",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }
    fixture.write_text(json.dumps([{"model": "customers.customer", "fields": fields}]))

    with nothing_written(), pytest.raises(PastTheDoor):
        call_command("loaddata", str(fixture), verbosity=0)


@isolate_apps("customers")
def test_a_proxy_of_a_record_is_no_way_past(acme: Record, nothing_written: NothingWritten) -> None:
    class Debtor(Customer):
        class Meta:
            proxy = True
            app_label = "customers"

    debtor = Debtor.objects.get()

    with nothing_written():
        with pytest.raises(PastTheDoor):
            debtor.save()
        with pytest.raises(PastTheDoor), transaction.atomic():
            debtor.delete()


def test_the_refusal_names_the_way_in(acme: Record) -> None:
    with pytest.raises(PastTheDoor, match=r"Saving a Customer.*create_record, update_record"):
        _changed().save()


def test_the_door_is_closed_again_after_an_action(
    customers: RecordType, acme: Record, bob: EditContext
) -> None:
    update_record(customers, "C-1", {"city": "Bonn"}, context=bob)

    with pytest.raises(PastTheDoor):
        _changed().save()


def test_the_door_is_closed_again_after_an_action_without_change(
    customers: RecordType, acme: Record, bob: EditContext
) -> None:
    update_record(customers, "C-1", {"name": "Acme"}, context=bob)

    with pytest.raises(PastTheDoor):
        _changed().save()


def test_the_door_is_closed_again_after_an_action_that_failed(
    customers: RecordType, acme: Record, bob: EditContext
) -> None:
    with pytest.raises(RecordInvalid):
        update_record(customers, "C-1", {"country": "Atlantis"}, context=bob)
    with pytest.raises(RecordMissing):
        update_record(customers, "C-2", {"name": "Bolt"}, context=bob)

    with pytest.raises(PastTheDoor):
        _changed().save()


def test_an_action_within_an_open_door_leaves_it_open(
    customers: RecordType, acme: Record, bob: EditContext
) -> None:
    with open_door():
        update_record(customers, "C-1", {"city": "Bonn"}, context=bob)
        require_open_door("This")


@pytest.mark.django_db(transaction=True)
def test_the_door_is_closed_by_the_time_the_edit_is_committed(
    customers: RecordType, alice: EditContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Exception] = []

    def write_after_commit() -> None:
        try:
            Customer.objects.update(name="Bolt")
        except PastTheDoor as error:
            found.append(error)

    def record_and_look(*args: Any, **kwargs: Any) -> Any:
        transaction.on_commit(write_after_commit)
        return record(*args, **kwargs)

    monkeypatch.setattr("records.actions.writing.record", record_and_look)
    create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice)

    assert len(found) == 1


def test_the_door_is_closed_for_other_threads() -> None:
    refused: list[Exception] = []

    def beside() -> None:
        try:
            require_open_door("This")
        except PastTheDoor as error:
            refused.append(error)

    with open_door():
        thread = Thread(target=beside)
        thread.start()
        thread.join()

    assert len(refused) == 1
