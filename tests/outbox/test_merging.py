"""Updates that wait one behind the other leave as one request."""

from typing import Any

import pytest

from outbox.claiming import claim
from outbox.connectors.base import Operation, Request
from outbox.connectors.errors import Failed, OutcomeUnknown, Rejected
from outbox.connectors.memory import MemoryRemote
from outbox.discarding import discard
from outbox.models import Attempt, Message, Priority, State
from outbox.recovering import recover_expired
from outbox.shares import Shares
from tests.outbox.situations import WELL, drain, edit, lane, pass_time, raising, set_options, states

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def merging(settings: Any) -> None:
    set_options(settings, merge=True)


def test_updates_that_wait_leave_as_one(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    edit(city="Bonn", address={"street": "Obere Str. 57"})
    edit(name="Alfreds")
    last = edit(city="Kiel", address={"postal_code": "12209"})
    assert drain().delivered == 1
    assert erp.applied[-1].payload == {
        "city": "Kiel",
        "name": "Alfreds",
        "address": {"street": "Obere Str. 57", "postal_code": "12209"},
    }
    assert erp.applied[-1].idempotency_key == last.idempotency_key
    assert erp.applied[-1].sequence == 4
    assert states() == [State.DELIVERED, State.SUPERSEDED, State.SUPERSEDED, State.DELIVERED]
    assert lane().head_sequence == 5
    assert lane().acknowledged_sequence == 4
    assert Message.objects.get(sequence=2).ended_at is not None


def test_where_events_are_wanted_each_leaves_by_itself(erp: MemoryRemote, settings: Any) -> None:
    set_options(settings, merge=False)
    for n in range(3):
        edit(city=f"city {n}")
    drain()
    assert len(erp.applied) == 3


def test_a_create_and_a_delete_are_never_merged(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    edit(city="Bonn")
    edit(city="Kiel")
    edit(operation="delete")
    edit(operation="create", city="Jena")
    edit(city="Ulm")
    drain()
    assert [request.operation for request in erp.applied] == [
        Operation.CREATE,
        Operation.UPDATE,
        Operation.DELETE,
        Operation.CREATE,
        Operation.UPDATE,
    ]


def test_nothing_is_superseded_before_its_carrier_is_acknowledged(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    edit(city="Bonn")
    edit(name="Alfreds")
    erp.before = raising(Failed("Broken"))
    drain()
    assert states() == [State.DELIVERED, State.PENDING, State.PENDING]


def test_what_was_sent_keeps_its_key_its_bytes_and_its_members(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    edit(city="Bonn")
    edit(name="Alfreds")
    erp.after = raising(OutcomeUnknown("The reply was lost."))
    drain()
    edit(city="Kiel")  # must not join what may have been applied
    erp.after = WELL.after
    pass_time(2)
    drain()
    first, again, last = erp.received[1:]
    assert (first.idempotency_key, first.payload) == (again.idempotency_key, again.payload)
    assert last.payload == {"city": "Kiel"}
    assert [request.sequence for request in erp.applied] == [1, 3, 4]


def test_what_may_have_been_applied_is_not_merged(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    first = edit(city="Bonn")
    erp.before = raising(OutcomeUnknown("Lost on the way."))
    drain()
    edit(city="Kiel")
    edit(city="Jena")
    erp.before = WELL.before
    pass_time(2)
    drain()
    assert [request.sequence for request in erp.applied] == [1, 2, 4]
    assert erp.applied[1].idempotency_key == first.idempotency_key


def test_a_refused_merge_is_retried_one_message_at_a_time(erp: MemoryRemote) -> None:
    seen: list[Request] = []

    def refuse_bonn(request: Request) -> None:
        seen.append(request)
        if request.payload.get("city") == "Bonn":
            raise Rejected("No such city.", status=422)

    edit(name="Alfreds")
    drain()
    edit(name="Alfreds Futterkiste")
    bad = edit(city="Bonn")
    edit(name="Alfred")
    erp.before = refuse_bonn
    drain()
    assert states() == [State.DELIVERED, State.DELIVERED, State.DEAD, State.PENDING]
    assert Message.objects.get(state=State.DEAD).pk == bad.pk
    assert erp.entities["customers", "ALFKI"]["name"] == "Alfreds Futterkiste"
    discard(Message.objects.get(state=State.DEAD), by="dave", because="a typing error")
    drain()
    assert [request.payload for request in seen] == [
        {"name": "Alfred", "city": "Bonn"},
        {"name": "Alfreds Futterkiste"},
        {"city": "Bonn"},
        {"name": "Alfred"},
    ]
    keys = [request.idempotency_key for request in seen]
    assert len(keys) == len(set(keys)), "no key came with two bodies"


def test_a_claim_whose_worker_dies_leaves_a_merge_as_it_is(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    edit(city="Bonn")
    edit(name="Alfreds")
    claim("erp", 1, Shares(concurrency=1))
    edit(city="Kiel")
    pass_time(61)
    recover_expired("erp")
    assert list(Attempt.objects.filter(outcome="unknown").values_list("message__sequence")) == [
        (3,)
    ]
    drain()
    assert [request.payload for request in erp.applied[1:]] == [
        {"city": "Bonn", "name": "Alfreds"},
        {"city": "Kiel"},
    ]


def test_a_long_queue_leaves_in_few_requests(erp: MemoryRemote) -> None:
    for n in range(250):
        edit(city=f"city {n}")
    drain()
    assert len(erp.applied) == 4  # the create, and a hundred at a time
    assert erp.entities["customers", "ALFKI"]["city"] == "city 249"
    assert set(states()) == {State.DELIVERED, State.SUPERSEDED}


def test_messages_of_another_mapping_are_not_merged(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    edit(city="Bonn")
    edit(city="Kiel")
    Message.objects.filter(sequence=3).update(mapping_version=2)
    drain()
    assert len(erp.applied) == 3


def test_what_stands_behind_many_that_are_carried_is_unknown_after_a_crash(
    erp: MemoryRemote,
) -> None:
    edit(city="Berlin")
    for n in range(30):
        edit(city=f"city {n}")
    erp.before = raising(Failed("Broken"))
    drain()
    pass_time(60)
    [claimed] = claim("erp", 1, Shares(concurrency=1))
    assert [message.request.sequence for message in claimed.messages] == [1, 31]
    pass_time(61)
    recover_expired("erp")
    assert Message.objects.get(sequence=31).maybe_applied
    assert lane().unknown_through == 31


def test_a_form_edit_that_bulk_work_carries_stays_one_that_somebody_waits_for(
    erp: MemoryRemote,
) -> None:
    edit(city="Berlin")
    drain()
    edit(city="Bonn")
    edit(name="Alfreds", priority=Priority.BULK)
    erp.before = raising(Failed("Broken"))
    drain()
    assert lane().priority == Priority.INTERACTIVE
