"""From a committed edit to an acknowledgement, and what happens when there is none."""

import time
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from outbox import settling
from outbox.connectors.base import Request
from outbox.connectors.errors import (
    Failed,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from outbox.connectors.memory import MemoryConnector, MemoryRemote
from outbox.destinations import give_back_probe, opening, pause, resume
from outbox.models import Attempt, DestinationState, Lane, Message, Outcome, State
from tests.outbox.situations import drain, edit, lane, pass_time, raising

pytestmark = pytest.mark.django_db(transaction=True)

WELL = MemoryRemote()


def states(key: str = "ALFKI") -> list[str]:
    return list(
        Message.objects.filter(lane__key=key).order_by("sequence").values_list("state", flat=True)
    )


def test_messages_of_a_record_arrive_in_order(erp: MemoryRemote) -> None:
    for n in range(50):
        edit(city=f"city {n}")
    assert drain().delivered == 50
    assert [request.sequence for request in erp.applied] == list(range(1, 51))
    assert erp.entities["customers", "ALFKI"]["city"] == "city 49"


def test_a_delivered_lane_is_idle(erp: MemoryRemote) -> None:
    edit()
    drain()
    assert lane().due_at is None
    assert lane().lease_token is None
    assert lane().head_sequence == 2
    assert states() == [State.DELIVERED]
    assert Message.objects.get().ended_at is not None


def test_the_lane_knows_what_the_remote_acknowledged(erp: MemoryRemote) -> None:
    edit(city="Berlin")
    drain()
    assert lane().acknowledged_sequence == 1
    assert lane().external_id == "M-1"
    assert (lane().shadow or {})["city"] == "Berlin"


def test_an_edit_during_a_delivery_is_not_forgotten(erp: MemoryRemote) -> None:
    def edit_again(request: Request) -> None:
        erp.after = WELL.after
        edit(city="Bonn")  # committed while the first message is on its way
        connection.close()  # this is a sender thread; it has a connection of its own

    erp.after = edit_again
    edit(city="Berlin")
    drain()
    assert states() == [State.DELIVERED, State.DELIVERED]


def test_a_failure_is_tried_again_with_the_same_key_and_bytes(erp: MemoryRemote) -> None:
    seen: list[Request] = []

    def fail(request: Request) -> None:
        seen.append(request)
        raise Failed("Broken", status=500)

    erp.before = fail
    edit(city="Berlin")
    drain()
    message = Message.objects.get()
    assert message.attempts == 1
    assert message.last_error == "Broken"
    assert message.first_failed_at is not None
    assert lane().failures == 1
    pass_time(2)
    drain()
    assert seen[0] == seen[1]


def test_a_failed_lane_waits(erp: MemoryRemote) -> None:
    erp.before = raising(Failed("Broken"))
    edit()
    drain()
    drain()
    assert Attempt.objects.count() == 1


def test_later_messages_wait_for_a_failed_one(erp: MemoryRemote) -> None:
    erp.before = raising(Failed("Broken"))
    edit()
    edit(city="Bonn")
    drain()
    assert erp.applied == []
    erp.before = WELL.before
    pass_time(2)
    drain()
    assert [request.sequence for request in erp.applied] == [1, 2]
    assert lane().failures == 0


def test_a_refused_message_is_dead_at_once_and_blocks_its_lane_only(erp: MemoryRemote) -> None:
    erp.before = raising(Rejected("No such state.", status=422), key="ALFKI")
    edit("ALFKI")
    edit("ALFKI", city="Bonn")
    edit("BOTTM")
    drain()
    assert states("ALFKI") == [State.DEAD, State.PENDING]
    assert states("BOTTM") == [State.DELIVERED]
    blocked = lane("ALFKI")
    assert blocked.blocked_by is not None
    assert blocked.blocked_by.last_error == "No such state."
    assert blocked.due_at is None


def test_a_blocked_lane_stays_blocked_when_it_is_edited(erp: MemoryRemote) -> None:
    erp.before = raising(Rejected("No."))
    edit()
    drain()
    erp.before = WELL.before
    edit(city="Bonn")
    drain()
    assert states() == [State.DEAD, State.PENDING]


def test_an_unknown_outcome_keeps_the_key_and_is_repeated(erp: MemoryRemote) -> None:
    erp.after = raising(OutcomeUnknown("The reply was lost."))
    edit()
    drain()
    message = Message.objects.get()
    assert message.maybe_applied
    assert message.state == State.PENDING
    assert Attempt.objects.get().outcome == Outcome.UNKNOWN
    erp.after = WELL.after
    pass_time(2)
    drain()
    assert states() == [State.DELIVERED]
    assert len(erp.applied) == 1


def test_a_conflict_after_an_unknown_outcome_is_looked_up(erp: MemoryRemote) -> None:
    erp.after = raising(OutcomeUnknown("The reply was lost."))
    edit(city="Berlin")
    drain()
    erp.after = WELL.after
    erp.replies.clear()  # a remote that has forgotten our key
    pass_time(2)
    drain()
    assert states() == [State.DELIVERED]


def test_a_remote_may_write_what_was_applied_in_its_own_way(erp: MemoryRemote) -> None:
    erp.after = raising(OutcomeUnknown("The reply was lost."))
    edit(price="18.0000", address={"city": "Berlin"})
    drain()
    erp.after = WELL.after
    erp.replies.clear()
    held = erp.entities["customers", "ALFKI"]
    held |= {"price": "18.00", "address": {"city": "Berlin", "country": "DE"}}
    pass_time(2)
    drain()
    assert states() == [State.DELIVERED]


def test_a_conflict_with_other_values_is_a_refusal(erp: MemoryRemote) -> None:
    erp.after = raising(OutcomeUnknown("The reply was lost."))
    edit(city="Berlin")
    drain()
    erp.after = WELL.after
    erp.replies.clear()
    erp.entities["customers", "ALFKI"]["city"] = "Paris"
    pass_time(30)
    drain()
    assert states() == [State.DEAD]


def test_a_conflict_soon_after_an_unknown_outcome_may_be_our_own_request_at_work(
    erp: MemoryRemote,
) -> None:
    erp.before = raising(OutcomeUnknown("No whole reply within 15 s"))
    edit(city="Berlin")
    drain()
    erp.before = raising(Rejected("A request with this key is outstanding.", conflict=True))
    pass_time(2)
    drain()
    assert states() == [State.PENDING]
    erp.before = WELL.before
    pass_time(5)
    drain()
    assert states() == [State.DELIVERED]


def test_a_delete_that_is_refused_is_not_taken_for_done(erp: MemoryRemote) -> None:
    edit(operation="create", city="Berlin")
    edit(operation="delete")
    erp.after = raising(OutcomeUnknown("The reply was lost."), key="nobody")
    erp.before = lambda request: (
        raising(OutcomeUnknown("Lost on the way."))() if request.operation == "delete" else None
    )
    drain()
    erp.before = raising(Rejected("It has open orders.", conflict=True))
    pass_time(30)
    drain()
    assert states() == [State.DELIVERED, State.DEAD]
    assert ("customers", "ALFKI") in erp.entities


def test_a_connector_that_fails_in_looking_up_leaves_the_outcome_unknown(
    erp: MemoryRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise AttributeError("a defect")

    erp.after = raising(OutcomeUnknown("The reply was lost."))
    edit(city="Berlin")
    drain()
    erp.after = WELL.after
    erp.replies.clear()
    monkeypatch.setattr(MemoryConnector, "look_up", broken)
    pass_time(2)
    drain()
    assert states() == [State.PENDING]
    assert "AttributeError" in Message.objects.get().last_error


@pytest.mark.parametrize("odd", ["a\x00b", "a\ud800b", float("nan"), float("inf"), {"\x00": 1}])
def test_what_no_database_takes_is_no_reason_to_lose_an_outcome(
    erp: MemoryRemote, odd: object
) -> None:
    def answer_oddly(request: Request) -> None:
        erp.entities["customers", request.key]["city"] = odd

    erp.after = answer_oddly
    edit("ALFKI")
    edit("BOTTM")
    drain()
    drain()
    assert states("ALFKI") == states("BOTTM") == [State.DELIVERED]
    erp.before = raising(Rejected("because of a\x00b\ud800"))
    edit("ALFKI", city="Bonn")
    drain()
    assert Message.objects.get(state=State.DEAD).last_error == "because of a\ufffdb\ufffd"


def test_an_outcome_that_cannot_be_written_takes_no_other_along(
    erp: MemoryRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choke(lane: Lane, delivered: Any) -> None:
        if lane.key == "ALFKI":
            raise ValueError("odd")
        acknowledge(lane, delivered)

    acknowledge = settling._acknowledge
    monkeypatch.setattr(settling, "_acknowledge", choke)
    for key in ("ALFKI", "BOTTM", "CONSH"):
        edit(key)
    drain()
    assert states("BOTTM") == states("CONSH") == [State.DELIVERED]
    assert states("ALFKI") == [State.PENDING]
    assert "cannot be kept" in Message.objects.get(lane__key="ALFKI").last_error


def test_a_pause_stops_a_lane_before_its_next_message(erp: MemoryRemote) -> None:
    def pause_at_once(request: Request) -> None:
        pause("erp", by="alice", because="stock-taking")
        connection.close()
        time.sleep(0.6)  # a drain looks twice a second

    for n in range(20):
        edit(city=f"city {n}")
    erp.after = pause_at_once
    drain()
    assert len(erp.applied) < 3
    assert lane().lease_token is None


def test_the_end_of_a_drain_stops_a_lane_before_its_next_message(erp: MemoryRemote) -> None:
    erp.after = lambda request: time.sleep(0.2)
    for n in range(20):
        edit(city=f"city {n}")
    started = time.monotonic()
    assert drain(0.5).more
    assert time.monotonic() - started < 2
    assert lane().lease_token is None


def test_a_probe_that_finds_no_lane_is_given_back(erp: MemoryRemote) -> None:
    erp.reachable = raising(Unavailable("Away"))
    edit()
    drain()
    probe = opening("erp", 1, due=Lane.objects.all(), probe_for=15)
    assert probe.places == 0
    pass_time(60)
    probe = opening("erp", 1, due=Lane.objects.all(), probe_for=15)
    assert probe.places == 1
    give_back_probe("erp", probe)
    pass_time(1.1)
    assert opening("erp", 1, due=Lane.objects.all(), probe_for=15).places == 1


def test_a_defect_of_the_connector_leaves_the_outcome_unknown(erp: MemoryRemote) -> None:
    erp.before = raising(ZeroDivisionError("a defect"))
    edit()
    drain()
    assert Message.objects.get().maybe_applied
    assert "ZeroDivisionError" in Message.objects.get().last_error


def test_a_message_is_given_up_after_seven_days_of_failing(erp: MemoryRemote) -> None:
    erp.before = raising(Failed("Broken"))
    edit()
    drain()
    pass_time(6.9 * 86400)
    drain()
    assert states() == [State.PENDING]
    pass_time(0.2 * 86400)
    drain()
    assert states() == [State.DEAD]


def test_an_outage_costs_no_attempt_and_no_days(erp: MemoryRemote) -> None:
    erp.before = raising(Failed("Broken"), key="ALFKI")
    edit()
    drain()
    pass_time(2)
    erp.reachable = raising(Unavailable("Connection refused"))
    drain()
    for _ in range(5):
        pass_time(2 * 86400)
        drain()
    assert Message.objects.get().attempts == 1
    erp.reachable = WELL.reachable
    edit("OTHER")  # its delivery ends the outage
    Lane.objects.filter(key="ALFKI").update(due_at=None)
    pass_time(60)
    drain()
    assert not DestinationState.objects.get().is_held
    assert not DestinationState.objects.get().is_held
    pass_time(6 * 86400)
    Lane.objects.filter(key="ALFKI").update(due_at=timezone.now())
    drain()
    assert states("ALFKI") == [State.PENDING], "ten days of outage are no days of failing"
    pass_time(2 * 86400)
    drain()
    assert states("ALFKI") == [State.DEAD]


def test_a_held_destination_is_probed_by_one_lane(erp: MemoryRemote) -> None:
    tried: list[str] = []

    def refuse(request: Request) -> None:
        tried.append(request.key)
        raise Unavailable("Away")

    erp.before = refuse
    for n in range(10):
        edit(f"C{n}")
    drain()
    first = len(tried)
    pass_time(60)
    drain()
    assert len(tried) == first + 1
    pass_time(60)
    drain()
    assert len(tried) == first + 2
    assert tried[-1] != tried[-2], "the probe rotates"


def test_a_503_may_have_been_applied(erp: MemoryRemote) -> None:
    erp.before = raising(Unavailable("Overloaded", status=503, maybe_applied=True))
    edit()
    drain()
    assert Message.objects.get().maybe_applied
    assert Message.objects.get().attempts == 0


def test_a_probe_that_succeeds_lets_all_flow(erp: MemoryRemote) -> None:
    erp.reachable = raising(Unavailable("Away"))
    for n in range(10):
        edit(f"C{n}")
    drain()
    assert DestinationState.objects.get().is_held
    erp.reachable = WELL.reachable
    pass_time(60)
    drain()
    assert not DestinationState.objects.get().is_held
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}


def test_requests_that_fail_side_by_side_count_as_one_outage(erp: MemoryRemote) -> None:
    erp.reachable = raising(Unavailable("Away"))
    for n in range(10):
        edit(f"C{n}")
    drain()
    assert DestinationState.objects.get().hold_failures == 1


def test_the_remote_says_how_long_to_wait(erp: MemoryRemote) -> None:
    erp.reachable = raising(Unavailable("Too many", retry_after=100))
    edit()
    drain()
    erp.reachable = WELL.reachable
    pass_time(95)
    drain()
    assert states() == [State.PENDING]
    pass_time(10)
    drain()
    assert states() == [State.DELIVERED]


def test_refused_credentials_pause_and_cost_nothing(erp: MemoryRemote) -> None:
    erp.reachable = raising(Misconfigured("The credentials are refused (401)."))
    edit()
    drain()
    state = DestinationState.objects.get()
    assert state.is_paused
    assert state.paused_because == "The credentials are refused (401)."
    assert Message.objects.get().attempts == 0
    erp.reachable = WELL.reachable
    drain()
    assert states() == [State.PENDING]
    resume("erp")
    drain()
    assert states() == [State.DELIVERED]


def test_each_attempt_is_kept(erp: MemoryRemote) -> None:
    erp.before = raising(Failed("Broken", status=500, response="oops"))
    edit()
    drain()
    erp.before = WELL.before
    pass_time(2)
    drain()
    first, second = Attempt.objects.all()
    assert (first.number, first.outcome, first.status, first.response) == (
        1,
        Outcome.RETRY,
        500,
        "oops",
    )
    assert (second.number, second.outcome) == (2, Outcome.DELIVERED)
    assert second.duration is not None


def test_deleting_and_creating_again_stay_in_order(erp: MemoryRemote) -> None:
    edit(operation="create", city="Berlin")
    edit(operation="delete")
    edit(operation="create", city="Bonn")
    drain()
    assert erp.entities["customers", "ALFKI"]["city"] == "Bonn"
    assert [request.operation for request in erp.applied] == ["create", "delete", "create"]


def test_the_lane_of_a_deleted_record_remembers_no_values(erp: MemoryRemote) -> None:
    edit(operation="create")
    edit(operation="delete")
    drain()
    assert lane().external_id == ""
    assert not lane().shadow
