"""Stale edits: whoever edits what somebody else has changed meanwhile is told so."""

from decimal import Decimal

import pytest
from django.db import transaction

from customers.models import Customer
from records.actions import delete_record, receive_remote_values, update_record
from records.context import EditContext, Source
from records.errors import StaleRecord
from records.models import Change, Record
from records.registry import RecordType
from tests.records.conftest import NothingWritten, OnAnotherConnection

pytestmark = pytest.mark.django_db


@pytest.fixture
def from_erp() -> EditContext:
    return EditContext(actor="ERP", source=Source.INBOUND)


def test_an_edit_of_the_version_that_is_there_is_taken(
    customers: RecordType, acme: Record, bob: EditContext
) -> None:
    update_record(customers, "C-1", {"name": "Bolt"}, context=bob, expected_version=1)

    assert Customer.objects.get().name == "Bolt"


def test_an_edit_of_an_older_version_is_refused(
    customers: RecordType,
    acme: Record,
    alice: EditContext,
    bob: EditContext,
    nothing_written: NothingWritten,
) -> None:
    update_record(customers, "C-1", {"name": "Bolt"}, context=alice)

    with nothing_written(), pytest.raises(StaleRecord) as refused:
        update_record(customers, "C-1", {"city": "Bonn"}, context=bob, expected_version=1)

    assert (refused.value.expected, refused.value.found) == (1, 2)


def test_an_edit_of_a_version_yet_to_come_is_refused(
    customers: RecordType, acme: Record, bob: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(StaleRecord):
        update_record(customers, "C-1", {"name": "Bolt"}, context=bob, expected_version=2)


def test_an_edit_that_expects_no_version_is_taken(
    customers: RecordType, acme: Record, alice: EditContext, bob: EditContext
) -> None:
    update_record(customers, "C-1", {"name": "Bolt"}, context=alice)
    update_record(customers, "C-1", {"name": "Cog"}, context=bob)

    assert Customer.objects.get().name == "Cog"


def test_what_the_remote_told_us_meanwhile_makes_no_edit_stale(
    customers: RecordType, acme: Record, bob: EditContext, from_erp: EditContext
) -> None:
    receive_remote_values(
        customers, "C-1", {"credit_limit": "500"}, destination="erp", context=from_erp
    )
    update_record(customers, "C-1", {"name": "Bolt"}, context=bob, expected_version=1)

    saved = Customer.objects.get()
    assert (saved.name, saved.credit_limit, saved.version) == ("Bolt", Decimal(500), 3)


def test_what_somebody_changed_beside_the_remote_makes_an_edit_stale(
    customers: RecordType,
    acme: Record,
    alice: EditContext,
    bob: EditContext,
    from_erp: EditContext,
) -> None:
    update_record(customers, "C-1", {"name": "Bolt"}, context=alice)
    receive_remote_values(
        customers, "C-1", {"credit_limit": "500"}, destination="erp", context=from_erp
    )

    with pytest.raises(StaleRecord):
        update_record(customers, "C-1", {"city": "Bonn"}, context=bob, expected_version=1)


def test_a_delete_of_an_older_version_is_refused(
    customers: RecordType,
    acme: Record,
    alice: EditContext,
    bob: EditContext,
    nothing_written: NothingWritten,
) -> None:
    update_record(customers, "C-1", {"name": "Bolt"}, context=alice)

    with nothing_written(), pytest.raises(StaleRecord):
        delete_record(customers, "C-1", context=bob, expected_version=1)


def test_a_delete_of_the_version_that_is_there_is_taken(
    customers: RecordType, acme: Record, bob: EditContext
) -> None:
    delete_record(customers, "C-1", context=bob, expected_version=1)

    assert not Customer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_edit_one_version_at_once_one_is_refused(
    customers: RecordType,
    acme: Record,
    alice: EditContext,
    bob: EditContext,
    on_another_connection: OnAnotherConnection,
) -> None:
    with transaction.atomic():
        update_record(customers, "C-1", {"city": "Bonn"}, context=alice, expected_version=1)
        bobs = on_another_connection(
            update_record, customers, "C-1", {"name": "Bolt"}, context=bob, expected_version=1
        )
        assert bobs.is_waiting()

    with pytest.raises(StaleRecord):
        bobs.outcome()
    saved = Customer.objects.get()
    assert (saved.name, saved.city, saved.version) == ("Acme", "Bonn", 2)


@pytest.mark.django_db(transaction=True)
def test_two_edits_at_once_that_expect_no_version_are_both_kept(
    customers: RecordType,
    acme: Record,
    alice: EditContext,
    bob: EditContext,
    on_another_connection: OnAnotherConnection,
) -> None:
    with transaction.atomic():
        update_record(customers, "C-1", {"city": "Bonn"}, context=alice)
        bobs = on_another_connection(update_record, customers, "C-1", {"name": "Bolt"}, context=bob)
        assert bobs.is_waiting()

    bobs.outcome()
    saved = Customer.objects.get()
    assert (saved.name, saved.city) == ("Bolt", "Bonn")
    log = Change.objects.order_by("version").values_list("version", "actor")
    assert list(log) == [(1, "alice"), (2, "alice"), (3, "bob")]
