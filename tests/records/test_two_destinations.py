"""Two destinations of one record type: each hears of an edit in its own words and its own time."""

import pytest
from django.utils import timezone

from outbox.connectors.errors import Rejected, Unavailable
from outbox.connectors.memory import MemoryRemote
from outbox.destinations import resume
from outbox.discarding import discard
from outbox.draining import drain_once
from outbox.models import Lane, Message, State
from records.actions import create_record, delete_record, update_record
from records.context import EditContext
from records.errors import RemoteCannotTake
from records.registry import RecordType
from tests.records.conftest import NothingWritten

ACME = {"number": "C-1", "name": "Acme"}


def _away() -> None:
    raise Unavailable("No answer.")


@pytest.mark.django_db
def test_one_edit_makes_a_message_for_each(
    customers_in_both: RecordType, alice: EditContext
) -> None:
    edit = create_record(customers_in_both, ACME, context=alice)

    assert {message.lane.destination for message in edit.messages} == {"crm", "erp"}
    assert edit.change is not None
    assert {message.edit_id for message in edit.messages} == {edit.change.id}


@pytest.mark.django_db
def test_each_message_is_in_its_destinations_words(
    customers_in_both: RecordType, alice: EditContext
) -> None:
    create_record(customers_in_both, ACME, context=alice)
    update_record(customers_in_both, "C-1", {"name": "Bolt", "status": "on_hold"}, context=alice)

    sent = Message.objects.filter(sequence=2).values_list("lane__destination", "payload")
    assert dict(sent) == {
        "crm": {"title": "Bolt", "stage": "held"},
        "erp": {"display_name": "Bolt", "state": "H"},
    }


@pytest.mark.django_db
def test_each_message_has_its_mappings_version(
    customers_in_both: RecordType, alice: EditContext
) -> None:
    create_record(customers_in_both, ACME, context=alice)

    versions = Message.objects.values_list("lane__destination", "mapping_version", "collection")
    assert set(versions) == {("crm", 3, "accounts"), ("erp", 1, "customers")}


@pytest.mark.django_db
def test_an_edit_of_what_only_one_knows_goes_to_that_one(
    customers_in_both: RecordType, alice: EditContext
) -> None:
    create_record(customers_in_both, ACME, context=alice)

    [message] = update_record(customers_in_both, "C-1", {"city": "Bonn"}, context=alice).messages

    assert message.lane.destination == "erp"


@pytest.mark.django_db
def test_what_one_cannot_take_goes_to_neither(
    customers_in_both: RecordType, alice: EditContext, nothing_written: NothingWritten
) -> None:
    with nothing_written(), pytest.raises(RemoteCannotTake) as refused:
        create_record(customers_in_both, ACME | {"name": "A" * 41}, context=alice)

    assert refused.value.errors == {"name": ["The CRM takes 40 characters at most (this has 41)."]}


@pytest.mark.django_db
def test_a_delete_goes_to_each_that_has_the_record(
    customers_in_both: RecordType, customers: RecordType, alice: EditContext
) -> None:
    create_record(customers, ACME, context=alice)  # before there was a CRM
    [message] = delete_record(customers_in_both, "C-1", context=alice).messages

    assert message.lane.destination == "erp"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("down", "up"), [("erp", "crm"), ("crm", "erp")])
def test_while_one_is_away_the_other_is_served(
    down: str,
    up: str,
    customers_in_both: RecordType,
    erp: MemoryRemote,
    crm: MemoryRemote,
    alice: EditContext,
) -> None:
    {"erp": erp, "crm": crm}[down].reachable = _away
    create_record(customers_in_both, ACME, context=alice)

    for destination in (down, up):
        drain_once(destination, seconds=5)

    states = dict(Message.objects.values_list("lane__destination", "state"))
    assert states == {down: State.PENDING, up: State.DELIVERED}


@pytest.mark.django_db(transaction=True)
def test_one_that_comes_back_gets_all_that_it_missed(
    customers_in_both: RecordType, erp: MemoryRemote, crm: MemoryRemote, alice: EditContext
) -> None:
    crm.reachable = _away
    create_record(customers_in_both, ACME, context=alice)
    drain_once("crm", seconds=5)
    update_record(customers_in_both, "C-1", {"name": "Bolt"}, context=alice)

    crm.reachable = MemoryRemote().reachable
    resume("crm")
    Lane.objects.update(due_at=timezone.now())
    drain_once("crm", seconds=5)

    assert crm.entities["accounts", "C-1"]["title"] == "Bolt"
    assert [request.sequence for request in crm.applied] == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_one_differs_only_in_what_it_knows(
    customers_in_both: RecordType, alice: EditContext, crm: MemoryRemote
) -> None:
    create_record(customers_in_both, ACME, context=alice)
    drain_once("crm", seconds=5)

    def refuse(request: object) -> None:
        raise Rejected("No.", status=422)

    crm.before = refuse
    update_record(customers_in_both, "C-1", {"name": "Bolt", "city": "Bonn"}, context=alice)
    drain_once("crm", seconds=5)
    discard(Message.objects.get(state=State.DEAD), by="dave", because="It keeps its own name.")

    assert Lane.objects.get(destination="crm").diverged == ["name"]
