"""Updating a record: what changed is written, logged and sent; what did not change is not."""

from decimal import Decimal

import pytest
from django.db import transaction

from customers.models import Customer
from outbox.models import Message, Operation
from records.actions import create_record, update_record
from records.context import EditContext, Source
from records.errors import KeyIsFixed, RecordInvalid, RecordMissing, UnknownField
from records.models import Change, Kind, Record
from records.registry import RecordType
from tests.records.conftest import NothingWritten

pytestmark = pytest.mark.django_db


def test_it_saves_what_changed(customers: RecordType, acme: Record, bob: EditContext) -> None:
    update_record(customers, "C-1", {"city": "Berlin"}, context=bob)

    saved = Customer.objects.get()
    assert (saved.name, saved.city, saved.version) == ("Acme", "Berlin", 2)
    assert saved.updated_at > saved.created_at


def test_it_logs_old_and_new_values(customers: RecordType, acme: Record, bob: EditContext) -> None:
    update_record(customers, "C-1", {"name": "Bolt", "status": "active"}, context=bob)

    change = Change.objects.get(version=2)
    assert (change.kind, change.actor) == (Kind.UPDATE, "bob")
    assert change.changes == {"name": ["Acme", "Bolt"]}


def test_it_sends_what_changed_and_no_more(
    customers: RecordType, acme: Record, bob: EditContext
) -> None:
    edit = update_record(customers, "C-1", {"name": "Bolt", "status": "active"}, context=bob)

    [message] = edit.messages
    assert (message.operation, message.record_version) == (Operation.UPDATE, 2)
    assert message.payload == {"display_name": "Bolt"}


def test_it_leaves_nothing_when_the_transaction_around_it_fails(
    customers: RecordType, acme: Record, bob: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(ZeroDivisionError), transaction.atomic():
        update_record(customers, "C-1", {"name": "Bolt"}, context=bob)
        raise ZeroDivisionError


@pytest.mark.parametrize("expected_version", [None, 0, 1, 99])
def test_values_that_are_as_they_were_write_nothing(
    expected_version: int | None,
    customers: RecordType,
    acme: Record,
    bob: EditContext,
    nothing_written: NothingWritten,
) -> None:
    with nothing_written():
        edit = update_record(
            customers, "C-1", {"name": "Acme"}, context=bob, expected_version=expected_version
        )

    assert edit.change is None
    assert edit.messages == []


def test_no_values_at_all_write_nothing(
    customers: RecordType, acme: Record, bob: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written():
        assert update_record(customers, "C-1", {}, context=bob).change is None


@pytest.mark.parametrize(
    ("field", "stored", "given"),
    [
        ("country", "DE", "germany"),
        ("currency", "EUR", "eur"),
        ("name", "Acme", "  Acme\t"),
        ("name", "Caf\u00e9", "Cafe\u0301"),
        ("notes", "one\ntwo", "one\r\ntwo"),
        ("city", "", None),
        ("city", "", "   "),
    ],
)
def test_values_that_clean_to_what_is_stored_write_nothing(
    field: str,
    stored: str,
    given: str | None,
    customers: RecordType,
    alice: EditContext,
    nothing_written: NothingWritten,
) -> None:
    create_record(customers, {"number": "C-1", "name": "Acme", field: stored}, context=alice)

    with nothing_written():
        assert update_record(customers, "C-1", {field: given}, context=alice).change is None


@pytest.mark.parametrize("given", ["18", 18, "18.0", Decimal("18.0000"), 18.0, " 18 "])
def test_a_number_written_another_way_writes_nothing(
    given: object, products: RecordType, alice: EditContext, nothing_written: NothingWritten
) -> None:
    values = {"sku": "P-1", "name": "Screw", "currency": "EUR", "price": "18.0000"}
    create_record(products, values, context=alice)

    with nothing_written():
        assert update_record(products, "P-1", {"price": given}, context=alice).change is None


def test_a_key_that_is_given_as_it_is_is_no_change(
    customers: RecordType, acme: Record, bob: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written():
        update_record(customers, "C-1", {"number": " C-1 "}, context=bob)


def test_a_key_never_changes(
    customers: RecordType, acme: Record, bob: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(KeyIsFixed) as refused:
        update_record(customers, "C-1", {"number": "C-2", "name": "Bolt"}, context=bob)

    assert list(refused.value.errors) == ["number"]


@pytest.mark.parametrize("key", ["C-2", "", "C-1\x00", "\ud800", "C" * 500])
def test_a_record_that_is_not_there_is_missing(
    key: str, customers: RecordType, acme: Record, bob: EditContext
) -> None:
    with pytest.raises(RecordMissing):
        update_record(customers, key, {"name": "Bolt"}, context=bob)


def test_a_wrong_value_is_an_error_on_its_field(
    customers: RecordType, acme: Record, bob: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(RecordInvalid) as refused:
        update_record(customers, "C-1", {"country": "Atlantis", "name": ""}, context=bob)

    assert set(refused.value.errors) == {"country", "name"}


def test_a_field_that_there_is_not_is_refused(
    customers: RecordType, acme: Record, bob: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(UnknownField):
        update_record(customers, "C-1", {"name": "Bolt", "colour": "red"}, context=bob)


def test_values_beside_are_taken_into_account(
    products: RecordType, alice: EditContext, nothing_written: NothingWritten
) -> None:
    create_record(products, {"sku": "P-1", "name": "Screw"}, context=alice)

    with nothing_written(), pytest.raises(RecordInvalid) as refused:
        update_record(products, "P-1", {"price": "3"}, context=alice)

    assert list(refused.value.errors) == ["currency"]


def test_each_edit_takes_the_next_version_and_sequence(
    customers: RecordType, acme: Record, bob: EditContext
) -> None:
    for city in ("Berlin", "Bremen", "Bonn"):
        update_record(customers, "C-1", {"city": city}, context=bob)

    steps = Message.objects.order_by("sequence").values_list("sequence", "record_version")
    assert list(steps) == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_a_reference_of_any_length_does_not_stop_an_edit(
    customers: RecordType, acme: Record
) -> None:
    upload = EditContext(actor="alice" * 100, source=Source.CSV, reference="row 7 of " * 100)
    update_record(customers, "C-1", {"city": "Berlin"}, context=upload)

    change = Change.objects.get(version=2)
    assert (len(change.actor), len(change.reference)) == (150, 200)
