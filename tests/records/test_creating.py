"""Creating a record: the record, its change log and its message, all three or none."""

import pytest
from django.db import transaction

from customers.models import Customer
from outbox.models import Lane, Message, Operation
from records.actions import create_record, delete_record
from records.context import EditContext
from records.errors import KeyTaken, RecordInvalid, RemoteCannotTake, UnknownField
from records.mapping import Field, Mapping
from records.models import Change, Kind, Record
from records.registry import RecordType
from tests.records.conftest import MapCustomers, NothingWritten, OnAnotherConnection

pytestmark = pytest.mark.django_db


def test_it_saves_the_record(customers: RecordType, alice: EditContext) -> None:
    create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice)

    saved = Customer.objects.get()
    assert (saved.number, saved.name, saved.version) == ("C-1", "Acme", 1)


def test_it_logs_who_created_what(customers: RecordType, alice: EditContext) -> None:
    edit = create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice)

    change = Change.objects.get()
    assert change == edit.change
    assert (change.kind, change.actor, change.source) == (Kind.CREATE, "alice", "form")
    assert (change.reference, change.version) == ("request-1", 1)


def test_it_logs_no_field_that_is_empty(customers: RecordType, alice: EditContext) -> None:
    create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice)

    assert Change.objects.get().changes == {
        "number": [None, "C-1"],
        "name": [None, "Acme"],
        "status": [None, "active"],
    }


def test_it_records_a_message_for_the_destination(
    customers: RecordType, alice: EditContext
) -> None:
    edit = create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice)

    message = Message.objects.get()
    assert edit.messages == [message]
    assert edit.change is not None
    assert (message.operation, message.edit_id) == (Operation.CREATE, edit.change.id)
    assert (message.actor, message.reference) == ("alice", "request-1")


def test_it_leaves_nothing_when_the_transaction_around_it_fails(
    customers: RecordType, alice: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(ZeroDivisionError), transaction.atomic():
        create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice)
        raise ZeroDivisionError


class LabelPrinter(Mapping[Customer]):
    class Meta:
        record = Customer
        destination = "erp"
        remote = "labels"
        version = 1

    number = Field("no", key=True)
    name = Field("line", max_length=5)


def test_a_value_that_the_remote_cannot_take_leaves_nothing(
    map_customers: MapCustomers, alice: EditContext, nothing_written: NothingWritten
) -> None:
    customers = map_customers(LabelPrinter())

    # The caller goes on in a transaction of its own, as an upload does.
    with transaction.atomic(), nothing_written(), pytest.raises(RemoteCannotTake):
        create_record(customers, {"number": "C-1", "name": "Acme & Sons"}, context=alice)


def test_a_refused_key_leaves_the_transaction_around_it_usable(
    customers: RecordType, acme: Record, alice: EditContext
) -> None:
    with transaction.atomic():
        with pytest.raises(KeyTaken):
            create_record(customers, {"number": "C-1", "name": "Bolt"}, context=alice)
        create_record(customers, {"number": "C-2", "name": "Bolt"}, context=alice)

    assert Customer.objects.filter(number="C-2").exists()


def test_a_key_that_is_taken_is_an_error_on_the_key(
    customers: RecordType, acme: Record, bob: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(KeyTaken) as refused:
        create_record(customers, {"number": "C-1", "name": "Bolt"}, context=bob)

    assert refused.value.errors == {"number": ["There is a customer C-1 already."]}


def test_a_key_that_is_taken_is_known_by_its_cleaned_form(
    customers: RecordType, acme: Record, bob: EditContext
) -> None:
    with pytest.raises(KeyTaken):
        create_record(customers, {"number": "  C-1 ", "name": "Bolt"}, context=bob)


def test_a_key_that_is_too_long_is_refused(
    customers: RecordType, alice: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(RecordInvalid) as refused:
        create_record(customers, {"number": "C" * 51, "name": "Acme"}, context=alice)

    assert list(refused.value.errors) == ["number"]


def test_the_longest_key_is_taken(customers: RecordType, alice: EditContext) -> None:
    create_record(customers, {"number": "C" * 50, "name": "Acme"}, context=alice)

    assert Lane.objects.get().key == "C" * 50


def test_required_fields_that_are_missing_are_all_named(
    customers: RecordType, alice: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(RecordInvalid) as refused:
        create_record(customers, {}, context=alice)

    assert refused.value.errors == {
        "number": ["This is required."],
        "name": ["This is required."],
    }


@pytest.mark.parametrize("name", ["colour", "version", "id", "created_at"])
def test_a_field_that_is_not_the_records_own_is_refused(
    name: str, customers: RecordType, alice: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(UnknownField) as refused:
        create_record(customers, {"number": "C-1", "name": "Acme", name: "1"}, context=alice)

    assert list(refused.value.errors) == [name]


def test_warnings_come_back_with_the_edit(customers: RecordType, alice: EditContext) -> None:
    edit = create_record(
        customers, {"number": "C-1", "name": "Acme", "phone": "extension 7"}, context=alice
    )

    assert list(edit.warnings) == ["phone"]


def test_a_key_that_was_deleted_can_be_created_again_on_the_same_lane(
    customers: RecordType, acme: Record, alice: EditContext
) -> None:
    delete_record(customers, "C-1", context=alice)
    create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice)

    lane = Lane.objects.get()
    assert list(lane.messages.order_by("sequence").values_list("sequence", "operation")) == [
        (1, "create"),
        (2, "delete"),
        (3, "create"),
    ]
    assert lane.last_sequence == 3


def test_a_key_that_was_created_again_is_another_record(
    customers: RecordType, acme: Record, alice: EditContext
) -> None:
    delete_record(customers, "C-1", context=alice)
    again = create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice).record

    assert again.pk != acme.pk
    assert Change.objects.filter(key="C-1").values("record_id").distinct().count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_create_one_key_at_once_one_is_refused(
    customers: RecordType,
    alice: EditContext,
    bob: EditContext,
    on_another_connection: OnAnotherConnection,
) -> None:
    with transaction.atomic():
        create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice)
        bobs = on_another_connection(
            create_record, customers, {"number": "C-1", "name": "Bolt"}, context=bob
        )
        assert bobs.is_waiting()

    with pytest.raises(KeyTaken):
        bobs.outcome()
    assert Customer.objects.get().name == "Acme"
    assert Message.objects.get().actor == "alice"


@pytest.mark.django_db(transaction=True)
def test_a_key_whose_creation_was_rolled_back_is_free(
    customers: RecordType,
    alice: EditContext,
    bob: EditContext,
    on_another_connection: OnAnotherConnection,
) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice)
        bobs = on_another_connection(
            create_record, customers, {"number": "C-1", "name": "Bolt"}, context=bob
        )
        assert bobs.is_waiting()
        raise ZeroDivisionError

    bobs.outcome()
    assert Customer.objects.get().name == "Bolt"
    assert Message.objects.get().actor == "bob"
