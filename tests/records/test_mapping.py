"""Mapping: how an edit is written in the remote's names and values."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from customers.models import Customer, Status
from outbox.models import Lane, Message, Operation
from records.actions import create_record, update_record
from records.context import EditContext
from records.errors import RemoteCannotTake
from records.mapping import REMOTE, Field, Group, Mapping
from records.models import Record
from records.registry import RecordType, record_type
from tests.records.conftest import MapCustomers, NothingWritten

ACME: dict[str, Any] = {"number": "C-1", "name": "Acme"}


class Ledger(Mapping[Customer]):
    """A mapping with one of everything."""

    class Meta:
        record = Customer
        destination = "erp"
        remote = "debtors"
        version = 7

    number = Field("no", key=True)
    name = Field("title", required=True, max_length=10)
    status = Field("state", values={Status.ACTIVE: "A", Status.CLOSED: "C"})
    address = Group("city", "country", remote="place")
    email = Field("mail")
    credit_limit = Field("limit", owner=REMOTE)

    def applies_to(self, record: Customer) -> bool:
        return record.status != Status.ON_HOLD


@pytest.fixture
def in_ledger(map_customers: MapCustomers) -> RecordType:
    """Customers that go to the ledger."""
    return map_customers(Ledger())


def _values(**given: Any) -> dict[str, Any]:
    return Customer(**(ACME | given)).values()


# What a payload holds


def test_a_whole_record_goes_in_the_remotes_names_and_values() -> None:
    assert Ledger().render(_values(city="Bonn")) == {
        "no": "C-1",
        "title": "Acme",
        "state": "A",
        "place": {"city": "Bonn", "country": ""},
        "mail": "",
    }


def test_a_field_that_did_not_change_is_missing() -> None:
    assert Ledger().render(_values(), ["name"]) == {"title": "Acme"}


def test_a_group_holds_only_what_changed() -> None:
    assert Ledger().render(_values(city="Bonn"), ["city"]) == {"place": {"city": "Bonn"}}


def test_what_the_remote_decides_is_never_sent() -> None:
    assert Ledger().render(_values(credit_limit=Decimal(5)), ["credit_limit"]) == {}


def test_an_empty_text_stays_an_empty_text() -> None:
    assert Field("mail").render("") == ""


def test_an_empty_number_is_null() -> None:
    assert Field("price").render(None) is None


def test_a_zero_is_not_empty() -> None:
    assert Field("price", required=True).render(Decimal(0)) == "0"


@pytest.mark.parametrize(
    ("number", "text"),
    [(Decimal("18.0000"), "18.0000"), (Decimal("1E+3"), "1000"), (Decimal("0E-8"), "0.00000000")],
)
def test_a_decimal_is_a_text_of_plain_digits(number: Decimal, text: str) -> None:
    assert Field("price").render(number) == text


def test_a_date_is_written_as_in_iso_8601() -> None:
    assert Field("since").render(date(2026, 3, 1)) == "2026-03-01"


def test_a_text_of_just_the_remotes_length_is_taken() -> None:
    assert Field("title", max_length=4).render("Acme") == "Acme"


def test_what_the_remote_decides_is_read_in_our_names() -> None:
    assert Ledger().read_remote_owned({"limit": 500, "title": "Bolt"}) == {"credit_limit": 500}


def test_what_the_remote_does_not_mention_is_not_read() -> None:
    assert Ledger().read_remote_owned({"title": "Bolt"}) == {}


def test_what_the_remote_decides_is_read_in_our_values() -> None:
    state = Field("state", values={Status.ACTIVE: "A"}, owner=REMOTE)

    assert (state.read("A"), state.read("?")) == ("active", "?")


@pytest.mark.parametrize("rubbish", [[], {}, [1, 2], {"a": "b"}])
def test_a_value_of_the_wrong_shape_is_read_as_it_is(rubbish: Any) -> None:
    assert Field("state", values={Status.ACTIVE: "A"}, owner=REMOTE).read(rubbish) == rubbish


def test_a_mapping_may_build_on_another() -> None:
    class Branch(Ledger):
        class Meta(Ledger.Meta):
            destination = "branch"

        name = Field("firm")
        city = Field("town")
        address = None  # type: ignore[assignment]

    assert Branch().render(_values(city="Bonn")) == {
        "no": "C-1",
        "firm": "Acme",
        "state": "A",
        "mail": "",
        "town": "Bonn",
    }


# What the remote could not take is an error on the field, before anything is written


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"name": "Acme & Sons"}, "name", "The ERP takes 10 characters at most (this has 11)."),
        ({"name": ""}, "name", "The ERP needs a value here."),
        (
            {"status": "on_hold"},
            "status",
            "The ERP has no name for “on_hold” (it knows active, closed).",
        ),
    ],
)
def test_a_value_that_the_remote_cannot_take_is_an_error_on_its_field(
    values: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(RemoteCannotTake) as refused:
        Ledger().render(_values(**values))

    assert refused.value.errors == {field: [message]}


def test_all_that_the_remote_cannot_take_is_named_at_once() -> None:
    with pytest.raises(RemoteCannotTake) as refused:
        Ledger().render(_values(name="", status="on_hold"))

    assert set(refused.value.errors) == {"name", "status"}


@pytest.mark.django_db
def test_an_update_that_the_remote_cannot_take_is_not_saved(
    in_ledger: RecordType, alice: EditContext, nothing_written: NothingWritten
) -> None:
    create_record(in_ledger, ACME, context=alice)

    with nothing_written(), pytest.raises(RemoteCannotTake) as refused:
        update_record(in_ledger, "C-1", {"name": "Acme & Sons"}, context=alice)

    assert list(refused.value.errors) == ["name"]


# What becomes of an edit


@pytest.mark.django_db
def test_a_message_carries_the_mappings_version_collection_and_key(
    in_ledger: RecordType, alice: EditContext
) -> None:
    [message] = create_record(in_ledger, ACME, context=alice).messages

    assert (message.mapping_version, message.collection) == (7, "debtors")
    assert (message.key_field, message.lane.key) == ("no", "C-1")


@pytest.mark.django_db
def test_a_change_of_fields_that_are_not_mapped_is_saved_and_not_sent(
    in_ledger: RecordType, alice: EditContext
) -> None:
    create_record(in_ledger, ACME, context=alice)

    edit = update_record(in_ledger, "C-1", {"notes": "Call Bob"}, context=alice)

    assert edit.change is not None
    assert edit.messages == []


@pytest.mark.django_db
def test_a_record_that_the_mapping_does_not_apply_to_is_saved_and_not_sent(
    in_ledger: RecordType, alice: EditContext
) -> None:
    edit = create_record(in_ledger, ACME | {"status": "on_hold"}, context=alice)

    assert edit.change is not None
    assert not Lane.objects.exists()


@pytest.mark.django_db
def test_a_record_that_the_mapping_comes_to_apply_to_is_created_there_as_a_whole(
    in_ledger: RecordType, alice: EditContext
) -> None:
    create_record(in_ledger, ACME | {"status": "on_hold", "city": "Bonn"}, context=alice)

    [message] = update_record(in_ledger, "C-1", {"status": "active"}, context=alice).messages

    assert message.operation == Operation.CREATE
    assert message.payload == Ledger().render(_values(city="Bonn"))


@pytest.mark.django_db
def test_a_record_that_the_mapping_applies_to_again_is_sent_as_a_whole(
    in_ledger: RecordType, alice: EditContext
) -> None:
    create_record(in_ledger, ACME, context=alice)
    update_record(in_ledger, "C-1", {"status": "on_hold"}, context=alice)
    update_record(in_ledger, "C-1", {"city": "Bonn"}, context=alice)

    [message] = update_record(in_ledger, "C-1", {"status": "active"}, context=alice).messages

    assert message.operation == Operation.UPDATE
    assert message.payload["place"] == {"city": "Bonn", "country": ""}


@pytest.mark.django_db
def test_a_record_older_than_its_mapping_is_created_there_with_its_next_edit(
    map_customers: MapCustomers, acme: Record, alice: EditContext
) -> None:
    Message.objects.all().delete()
    Lane.objects.all().delete()

    in_ledger = map_customers(Ledger())
    [message] = update_record(in_ledger, "C-1", {"city": "Bonn"}, context=alice).messages

    assert message.operation == Operation.CREATE
    assert message.payload == Ledger().render(_values(city="Bonn"))


@pytest.mark.django_db
def test_a_record_that_could_not_be_created_there_is_refused_though_the_edit_is_of_another_field(
    map_customers: MapCustomers, alice: EditContext, nothing_written: NothingWritten
) -> None:
    create_record(map_customers(), ACME | {"name": "Acme & Sons"}, context=alice)
    in_ledger = map_customers(Ledger())

    with nothing_written(), pytest.raises(RemoteCannotTake) as refused:
        update_record(in_ledger, "C-1", {"city": "Bonn"}, context=alice)

    assert list(refused.value.errors) == ["name"]


@pytest.mark.parametrize("name", ["customer", "product"])
def test_every_field_of_a_record_is_mapped(name: str) -> None:
    kind = record_type(name)
    for mapping in kind.mappings:
        mapped = {place.name for place in mapping.places}
        assert mapped == {field.name for field in kind.model.data_fields()}
