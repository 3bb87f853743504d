"""Remotes that keep no idempotency keys: what is unclear is looked up before it is sent again."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from outbox.claiming import claim
from outbox.clock import elapsed
from outbox.connectors.errors import OutcomeUnknown, Rejected
from outbox.connectors.memory import MemoryConnector, MemoryRemote
from outbox.delivery import Channel, deliver_lane
from outbox.models import Message, State
from outbox.replaying import replay
from outbox.shares import Shares
from tests.outbox.connectors.rigs import endpoint
from tests.outbox.situations import WELL, drain, edit, pass_time, raising, set_options, states

pytestmark = pytest.mark.django_db(transaction=True)

LOST = raising(OutcomeUnknown("The reply was lost."))
SETTLED = 30


@pytest.fixture(autouse=True)
def forgetful(erp: MemoryRemote, settings: Any) -> None:
    erp.forgetful = True
    set_options(settings, idempotent=False, settle_after=SETTLED)


@pytest.mark.parametrize("operation", ["create", "update", "delete"])
def test_what_was_applied_is_not_sent_again(erp: MemoryRemote, operation: str) -> None:
    if operation != "create":
        edit(city="Berlin")
        drain()
    erp.after = LOST
    edit(operation=operation, city="Bonn") if operation != "delete" else edit(operation="delete")
    drain()
    effects = len(erp.applied)
    erp.after = WELL.after
    pass_time(SETTLED)
    drain()
    assert set(states()) == {State.DELIVERED}
    assert len(erp.applied) == effects


def test_it_is_looked_up_only_when_it_must_have_taken_effect(erp: MemoryRemote) -> None:
    erp.before = LOST
    edit(city="Berlin")
    drain()
    erp.before = WELL.before
    pass_time(SETTLED - 2)
    drain()
    assert states() == [State.PENDING]
    pass_time(2)
    drain()
    assert states() == [State.DELIVERED]


def test_what_was_not_applied_is_sent_again(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    erp.before = LOST
    edit(city="Bonn")
    drain()
    erp.before = WELL.before
    pass_time(SETTLED)
    drain()
    assert states() == [State.DELIVERED, State.DELIVERED]
    assert erp.entities["customers", "ALFKI"]["city"] == "Bonn"


def test_nothing_is_sent_behind_what_is_not_settled(erp: MemoryRemote) -> None:
    """A drain that dies leaves one message unknown: of two, the first could come back last."""
    edit(city="Berlin")
    edit(operation="delete")
    [lane] = claim("erp", 1, Shares(concurrency=1))
    assert [message.request.operation for message in lane.messages] == ["create"]
    pass_time(61)
    drain()
    pass_time(SETTLED)
    drain()
    assert states() == [State.DELIVERED, State.DELIVERED]


def test_after_a_crash_it_is_looked_up_as_well(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    claim("erp", 1, Shares(concurrency=1))
    erp.entities["customers", "ALFKI"] = {"id": "M-1", "customer_no": "ALFKI", "city": "Berlin"}
    pass_time(61)
    drain()
    assert states() == [State.PENDING]
    pass_time(SETTLED)
    drain()
    assert states() == [State.DELIVERED]
    assert erp.received == []


def test_it_is_looked_up_where_others_leave_in_a_batch(erp: MemoryRemote, settings: Any) -> None:
    set_options(settings, batch=8)
    erp.after = LOST
    for key in ("ALFKI", "BOTTM", "CONSH"):
        edit(key, city="Berlin")
    drain()
    assert len(erp.applied) == 3
    erp.after = WELL.after
    erp.reachable = LOST
    pass_time(8 * 86400)
    drain()
    erp.reachable = WELL.reachable
    for message in Message.objects.dead():
        replay(message, by="dave")
    pass_time(SETTLED)
    drain()
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}
    assert len(erp.received) == 3


def test_a_record_that_is_there_with_other_values_is_not_made_twice(erp: MemoryRemote) -> None:
    erp.before = LOST
    edit(city="Berlin")
    drain()
    erp.before = WELL.before
    erp.entities["customers", "ALFKI"] = {"id": "M-1", "customer_no": "ALFKI", "city": "Paris"}
    pass_time(SETTLED)
    drain()
    assert states() == [State.DEAD]
    replay(Message.objects.get(), by="dave")  # a person says: ours counts
    drain()
    assert states() == [State.SUPERSEDED, State.DELIVERED]
    assert [request.operation for request in erp.applied] == ["update"]
    assert erp.entities["customers", "ALFKI"]["city"] == "Berlin"


def test_a_look_up_that_is_refused_is_no_verdict(
    erp: MemoryRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Rejected("Not acceptable.", status=406)

    erp.before = LOST
    edit(city="Berlin")
    drain()
    erp.before = WELL.before
    monkeypatch.setattr(MemoryConnector, "look_up", refuse)
    pass_time(SETTLED)
    drain()
    assert states() == [State.PENDING]
    assert Message.objects.get().maybe_applied


def test_a_replay_looks_up_no_sooner(erp: MemoryRemote) -> None:
    erp.before = LOST
    edit(city="Berlin")
    drain()
    pass_time(8 * 86400)
    drain()
    assert states() == [State.DEAD]
    erp.before = WELL.before
    replay(Message.objects.get(), by="dave")
    pass_time(SETTLED - 2)
    drain()
    assert erp.received == [], "its last try may be at work still"
    pass_time(2)
    drain()
    assert states() == [State.DELIVERED]


def test_a_replay_of_a_skipped_message_hurries_nothing_that_is_unclear(
    erp: MemoryRemote, settings: Any
) -> None:
    set_options(settings, dead_head="skip")
    edit(city="Berlin")
    drain()
    erp.before = raising(Rejected("No.", status=422))
    edit(city="Bonn")
    drain()
    erp.before = LOST
    edit(name="Alfreds")
    drain()
    erp.before = WELL.before
    received = len(erp.received)
    replay(Message.objects.get(state=State.DEAD), by="dave")
    pass_time(SETTLED - 2)
    drain()
    assert len(erp.received) == received


def test_nothing_is_looked_up_that_could_not_be_sent_in_time(erp: MemoryRemote) -> None:
    erp.before = LOST
    edit(city="Berlin")
    drain()
    erp.before = WELL.before
    pass_time(SETTLED)
    [claimed] = claim("erp", 1, Shares(concurrency=1))
    connector = MemoryConnector(endpoint("memory://", deadline=15, idempotent=False))
    channel = Channel(connector=connector, grace=5, stop=threading.Event())
    for seconds, is_sent in ((49, False), (51, True)):
        lease = replace(claimed.lease, ends_at=elapsed() + seconds)
        outcome = deliver_lane(replace(claimed, lease=lease), channel)
        assert bool(outcome.delivered) == is_sent, "a look-up and a ping, 15 s each, come first"
