"""Deleting a record: it goes here, and everywhere that has it."""

import pytest
from django.db import transaction

from customers.models import Customer
from outbox.models import Message, Operation
from records.actions import create_record, delete_record, update_record
from records.context import EditContext
from records.errors import RecordMissing
from records.mapping import Field, Mapping
from records.models import Change, Kind, Record
from records.registry import RecordType
from tests.records.conftest import MapCustomers, NothingWritten, OnAnotherConnection

pytestmark = pytest.mark.django_db


def test_it_deletes_the_record(customers: RecordType, acme: Record, bob: EditContext) -> None:
    delete_record(customers, "C-1", context=bob)

    assert not Customer.objects.exists()


def test_it_logs_what_was_lost(customers: RecordType, acme: Record, bob: EditContext) -> None:
    delete_record(customers, "C-1", context=bob)

    change = Change.objects.get(kind=Kind.DELETE)
    assert (change.record_id, change.version, change.actor) == (acme.pk, 2, "bob")
    assert change.changes == {
        "number": ["C-1", None],
        "name": ["Acme", None],
        "status": ["active", None],
    }


def test_it_tells_the_destination(customers: RecordType, acme: Record, bob: EditContext) -> None:
    [message] = delete_record(customers, "C-1", context=bob).messages

    assert (message.operation, message.payload) == (Operation.DELETE, {})
    assert (message.sequence, message.record_version) == (2, 2)


def test_it_leaves_everything_when_the_transaction_around_it_fails(
    customers: RecordType, acme: Record, bob: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(ZeroDivisionError), transaction.atomic():
        delete_record(customers, "C-1", context=bob)
        raise ZeroDivisionError


def test_a_record_that_is_not_there_is_missing(
    customers: RecordType, acme: Record, bob: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(RecordMissing):
        delete_record(customers, "C-2", context=bob)


class OpenCustomers(Mapping[Customer]):
    class Meta:
        record = Customer
        destination = "erp"
        remote = "customers"
        version = 1

    number = Field("no", key=True)
    name = Field("name")

    def applies_to(self, record: Customer) -> bool:
        return record.status != "closed"


def test_a_destination_that_was_never_given_the_record_hears_nothing(
    map_customers: MapCustomers, alice: EditContext
) -> None:
    customers = map_customers(OpenCustomers())
    create_record(customers, {"number": "C-1", "name": "Acme", "status": "closed"}, context=alice)

    assert delete_record(customers, "C-1", context=alice).messages == []
    assert not Message.objects.exists()


def test_a_destination_that_has_the_record_hears_of_it_though_it_applies_no_more(
    map_customers: MapCustomers, alice: EditContext
) -> None:
    customers = map_customers(OpenCustomers())
    create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice)
    update_record(customers, "C-1", {"status": "closed"}, context=alice)

    [message] = delete_record(customers, "C-1", context=alice).messages

    assert message.operation == Operation.DELETE


@pytest.mark.django_db(transaction=True)
def test_an_edit_that_waited_for_a_delete_finds_no_record(
    customers: RecordType,
    acme: Record,
    alice: EditContext,
    bob: EditContext,
    on_another_connection: OnAnotherConnection,
) -> None:
    with transaction.atomic():
        delete_record(customers, "C-1", context=alice)
        bobs = on_another_connection(update_record, customers, "C-1", {"name": "Bolt"}, context=bob)
        assert bobs.is_waiting()

    with pytest.raises(RecordMissing):
        bobs.outcome()
    assert Message.objects.order_by("sequence").last().operation == Operation.DELETE  # type: ignore[union-attr]
