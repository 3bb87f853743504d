"""A destination that takes nothing from anybody: held, probed, paused."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from outbox.breaker import give_back_probe, hold, opening, release_hold
from outbox.clock import database_now
from outbox.connectors.base import Request
from outbox.connectors.errors import (
    DeliveryError,
    Failed,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from outbox.connectors.memory import MemoryRemote
from outbox.destinations import (
    BELIEVED_FOR,
    believes_refusals,
    is_doubted,
    pause,
    pause_for_refusals,
    resume,
)
from outbox.models import DestinationState, Lane, Message, State
from outbox.streaks import forget_streaks
from tests.outbox.situations import (
    WELL,
    drain,
    edit,
    everybody_fails,
    lane,
    pass_time,
    raising,
    states,
)

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_a_probe_that_finds_no_lane_is_given_back(erp: MemoryRemote) -> None:
    erp.reachable = raising(Unavailable("Away"))
    everybody_fails()
    probe = opening("erp", 1, probe_for=15)
    assert probe.places == 0
    pass_time(60)
    probe = opening("erp", 1, probe_for=15)
    assert probe.places == 1
    give_back_probe("erp", probe)
    pass_time(1.1)
    assert opening("erp", 1, probe_for=15).places == 1


def test_one_drain_probes(erp: MemoryRemote) -> None:
    erp.reachable = raising(Unavailable("Away"))
    everybody_fails()
    pass_time(60)
    openings = [opening("erp", 16, probe_for=15) for _ in range(2)]
    assert [one.places for one in openings] == [1, 0]


def test_an_outage_costs_no_attempt_and_no_days(erp: MemoryRemote) -> None:
    erp.before = raising(Failed("Broken"), key="ALFKI")
    edit()
    drain()
    pass_time(2)
    erp.reachable = raising(Unavailable("Connection refused"))
    everybody_fails()
    for _ in range(5):
        pass_time(2 * 86400)
        drain()
    assert Message.objects.get(lane__key="ALFKI").attempts == 1
    erp.reachable = WELL.reachable
    edit("OTHER")  # its delivery ends the outage
    Lane.objects.filter(key="ALFKI").update(due_at=None)
    pass_time(60)
    drain()
    assert not DestinationState.objects.get().is_held
    pass_time(6 * 86400)
    Lane.objects.filter(key="ALFKI").update(due_at=timezone.now())
    drain()
    assert states("ALFKI") == [State.PENDING], "ten days of outage are no days of failing"
    pass_time(2 * 86400)
    drain()
    assert states("ALFKI") == [State.DEAD]


def test_a_pause_costs_no_days(erp: MemoryRemote) -> None:
    erp.before = raising(Failed("Broken"))
    edit()
    drain()
    pause("erp", by="alice", because="stock-taking")
    pass_time(10 * 86400)
    resume("erp")
    drain()
    assert Message.objects.get().attempts == 2
    pass_time(6.9 * 86400)
    drain()
    assert states() == [State.PENDING]
    pass_time(0.2 * 86400)
    drain()
    assert states() == [State.DEAD]


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


def test_a_probe_that_is_refused_shows_that_the_destination_is_there(erp: MemoryRemote) -> None:
    erp.reachable = raising(Unavailable("Away"))
    everybody_fails()
    erp.reachable = WELL.reachable
    erp.before = raising(Rejected("No.", status=422))
    pass_time(60)
    drain()
    assert not DestinationState.objects.get().is_held


def test_requests_that_fail_side_by_side_count_as_one_outage(erp: MemoryRemote) -> None:
    erp.reachable = raising(Unavailable("Away"))
    for n in range(10):
        edit(f"C{n}")
    drain()
    assert DestinationState.objects.get().hold_failures == 1


def test_fewer_lanes_hold_up_themselves_only(erp: MemoryRemote) -> None:
    erp.reachable = raising(Unavailable("Away"))
    everybody_fails(4)
    assert not DestinationState.objects.get().is_held
    assert set(Message.objects.values_list("attempts", flat=True)) == {0}
    assert {lane.failures for lane in Lane.objects.all()} == {1}


def test_one_lane_that_fails_often_is_one_lane(erp: MemoryRemote) -> None:
    erp.before = raising(Unavailable("Overloaded", status=503), key="ALFKI")
    edit()
    for _ in range(10):
        drain()
        pass_time(60)
    assert not DestinationState.objects.get().is_held


def test_a_success_between_says_that_the_destination_is_there(erp: MemoryRemote) -> None:
    erp.before = lambda request: (
        raising(Failed("Broken", status=500))() if request.key.startswith("FAILS") else None
    )
    everybody_fails(4)
    pass_time(-60)  # those four are not tried again meanwhile, however slow this machine is
    edit("WELL")
    drain()
    edit("FAILS-A")
    edit("FAILS-B")
    drain()
    assert not DestinationState.objects.get().is_held


@pytest.mark.parametrize("error", [Failed("Broken"), OutcomeUnknown("No reply within 15 s")])
def test_whatever_fails_for_everybody_holds_the_destination(
    erp: MemoryRemote, error: DeliveryError
) -> None:
    erp.before = raising(error)
    everybody_fails()
    assert DestinationState.objects.get().is_held
    pass_time(60)
    drain()
    assert DestinationState.objects.get().hold_failures == 2, "a probe that fails holds on"


def test_a_remote_that_asks_to_wait_holds_the_destination_at_once(erp: MemoryRemote) -> None:
    erp.before = raising(Unavailable("Too many", status=429, asks_to_wait=True))
    edit()
    drain()
    assert DestinationState.objects.get().is_held


def test_after_an_outage_more_and_more_are_sent_at_once(erp: MemoryRemote) -> None:
    erp.reachable = raising(Unavailable("Away"))
    everybody_fails()
    release_hold("erp")

    def places(under_way: int = 0) -> int:
        return opening("erp", 16, under_way=under_way, probe_for=15).places

    assert places() == 1
    pass_time(1)
    assert places() == 2
    assert places(under_way=2) == 0
    pass_time(2)
    assert places() == 8
    pass_time(3600)
    assert places() == 16


REFUSED = Rejected("No such collection.", status=422)


def refuse_everybody(erp: MemoryRemote, records: int = 12) -> None:
    for n in range(records):
        edit(f"C{n}")
    drain()
    erp.before = raising(REFUSED)
    for n in range(records):
        edit(f"C{n}", city="Bonn")
    drain()


def test_where_everybody_is_refused_it_is_paused_and_nothing_is_given_up(
    erp: MemoryRemote,
) -> None:
    refuse_everybody(erp)
    state = DestinationState.objects.get()
    assert (state.is_paused, state.paused_by) == (True, "outbox")
    assert "No such collection." in state.paused_because
    assert not Message.objects.dead().exists()
    erp.before = WELL.before
    resume("erp")
    drain()
    assert not Message.objects.pending().exists()
    assert erp.entities["customers", "C0"]["city"] == "Bonn"


def test_what_another_process_had_refused_is_not_given_up_either(erp: MemoryRemote) -> None:
    refuse_everybody(erp, 7)
    assert Message.objects.dead().count() == 7
    forget_streaks()  # each process counts for itself
    for n in range(12):
        edit(f"D{n}")
    drain()
    assert is_doubted("erp")
    assert not Message.objects.dead().exists()


def test_refusals_are_believed_once_a_person_has_looked(erp: MemoryRemote) -> None:
    refuse_everybody(erp)
    resume("erp")
    drain()
    assert not DestinationState.objects.get().is_paused
    assert Message.objects.dead().count() == 12
    assert believes_refusals("erp")
    pass_time(3601)
    assert not believes_refusals("erp")


def test_a_few_refusals_are_about_records(erp: MemoryRemote) -> None:
    refuse_everybody(erp, 9)
    assert not DestinationState.objects.get().is_paused
    assert Message.objects.dead().count() == 9


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


@pytest.mark.parametrize("error", [Unavailable, Misconfigured])
def test_an_odd_reason_closes_a_destination_all_the_same(
    erp: MemoryRemote, error: type[DeliveryError]
) -> None:
    erp.reachable = raising(error("because of a\x00b\ud800"))
    everybody_fails()
    state = DestinationState.objects.get()
    assert state.is_held or state.is_paused
    assert state.held_because + state.paused_because == "because of a\ufffdb\ufffd"


def test_a_pause_for_another_reason_is_no_doubt_about_refusals() -> None:
    pause_for_refusals("erp", because="Ten were refused.")
    resume("erp")
    pass_time(BELIEVED_FOR + 1)
    pause("erp", by="dave", because="an update")
    assert not is_doubted("erp")
    resume("erp")
    assert not believes_refusals("erp"), "nobody has looked at refusals"


def test_an_outage_that_ends_during_a_pause_costs_no_days() -> None:
    hold("erp", generation=0, because="Away")
    pass_time(1000)
    pause("erp", by="dave", because="an update")
    release_hold("erp")
    resume("erp")
    assert 1000 <= DestinationState.objects.get().closed_seconds < 1010


def test_after_an_outage_a_failure_waits_no_longer_than_any_other(erp: MemoryRemote) -> None:
    erp.reachable = raising(Unavailable("Away"))
    edit()
    for _ in range(15):
        drain()
        pass_time(60)
    erp.reachable = WELL.reachable
    erp.before = raising(Failed("Broken"))
    drain()
    due_at = lane().due_at
    assert due_at is not None
    assert (due_at - database_now()).total_seconds() < 60


def test_after_an_outage_of_errors_nobody_waits_for_long(erp: MemoryRemote) -> None:
    erp.before = raising(Failed("Broken", status=500))
    everybody_fails(6)
    for _ in range(100):
        pass_time(20)
        drain()
    assert DestinationState.objects.get().is_held
    soon = database_now() + timedelta(seconds=60)
    assert Lane.objects.filter(due_at__lt=soon).count() == 6
