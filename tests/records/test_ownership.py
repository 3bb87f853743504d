"""Ownership: what the remote decides is not changed here."""

import pytest

from customers.models import Customer
from records.actions import create_record, receive_remote_values, update_record
from records.context import EditContext, Source
from records.errors import FieldOwnedElsewhere, RecordInvalid, RecordMissing
from records.models import Change, Record
from records.ownership import remote_owners
from records.registry import RecordType
from tests.records.conftest import NothingWritten

pytestmark = pytest.mark.django_db


@pytest.fixture
def from_erp() -> EditContext:
    return EditContext(actor="ERP", source=Source.INBOUND)


def test_owners_are_known_by_field(customers: RecordType, products: RecordType) -> None:
    assert remote_owners(customers) == {"credit_limit": "erp"}
    assert remote_owners(products) == {"quantity_on_hand": "erp"}


def test_a_record_is_not_created_with_a_value_of_the_remotes(
    customers: RecordType, alice: EditContext, nothing_written: NothingWritten
) -> None:
    values = {"number": "C-1", "name": "Acme", "credit_limit": "500"}

    with nothing_written(), pytest.raises(FieldOwnedElsewhere) as refused:
        create_record(customers, values, context=alice)

    assert refused.value.errors == {
        "credit_limit": ["This is kept by the ERP and cannot be changed here."]
    }


def test_a_record_is_not_updated_with_a_value_of_the_remotes(
    customers: RecordType, acme: Record, bob: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(FieldOwnedElsewhere) as refused:
        update_record(customers, "C-1", {"name": "Bolt", "credit_limit": "500"}, context=bob)

    assert list(refused.value.errors) == ["credit_limit"]


def test_a_value_of_the_remotes_that_is_given_as_it_is_does_no_harm(
    customers: RecordType, acme: Record, bob: EditContext, from_erp: EditContext
) -> None:
    receive_remote_values(
        customers, "C-1", {"credit_limit": "500"}, destination="erp", context=from_erp
    )
    update_record(customers, "C-1", {"name": "Bolt", "credit_limit": "500.00"}, context=bob)

    assert Customer.objects.get().name == "Bolt"


@pytest.mark.parametrize("empty", [None, ""])
def test_a_record_may_be_created_with_an_empty_value_of_the_remotes(
    empty: str | None, customers: RecordType, alice: EditContext
) -> None:
    create_record(
        customers, {"number": "C-1", "name": "Acme", "credit_limit": empty}, context=alice
    )

    assert Customer.objects.get().credit_limit is None


def test_the_remote_changes_what_it_decides(
    customers: RecordType, acme: Record, from_erp: EditContext
) -> None:
    receive_remote_values(
        customers, "C-1", {"credit_limit": "500"}, destination="erp", context=from_erp
    )

    change = Change.objects.get(version=2)
    assert (change.actor, change.source) == ("ERP", "inbound")
    assert change.changes == {"credit_limit": [None, "500.00"]}


def test_the_remote_does_not_change_what_is_decided_here(
    customers: RecordType, acme: Record, from_erp: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(FieldOwnedElsewhere):
        receive_remote_values(
            customers, "C-1", {"name": "Bolt"}, destination="erp", context=from_erp
        )


def test_a_destination_does_not_change_what_another_decides(
    customers_in_both: RecordType,
    acme: Record,
    from_erp: EditContext,
    nothing_written: NothingWritten,
) -> None:
    with nothing_written(), pytest.raises(FieldOwnedElsewhere):
        receive_remote_values(
            customers_in_both, "C-1", {"credit_limit": "5"}, destination="crm", context=from_erp
        )


def test_a_value_of_the_remotes_that_is_as_it_was_writes_nothing(
    customers: RecordType, acme: Record, from_erp: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written():
        receive_remote_values(
            customers, "C-1", {"credit_limit": None}, destination="erp", context=from_erp
        )


def test_rubbish_from_the_remote_is_refused(
    customers: RecordType, acme: Record, from_erp: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(RecordInvalid) as refused:
        receive_remote_values(
            customers, "C-1", {"credit_limit": "plenty"}, destination="erp", context=from_erp
        )

    assert list(refused.value.errors) == ["credit_limit"]


def test_a_record_that_is_gone_receives_nothing(
    db: None, customers: RecordType, from_erp: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(RecordMissing):
        receive_remote_values(
            customers, "C-1", {"credit_limit": "500"}, destination="erp", context=from_erp
        )
