"""A destination that takes nothing from anybody: held, probed, paused."""

import time

import pytest
from django.db import connection
from django.utils import timezone

from outbox.connectors.base import Request
from outbox.connectors.errors import (
    DeliveryError,
    Failed,
    Misconfigured,
    Unavailable,
)
from outbox.connectors.memory import MemoryRemote
from outbox.destinations import give_back_probe, opening, pause, resume
from outbox.models import DestinationState, Lane, Message, State
from tests.outbox.situations import WELL, drain, edit, lane, pass_time, raising, states

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


@pytest.mark.parametrize("error", [Unavailable, Misconfigured])
def test_an_odd_reason_closes_a_destination_all_the_same(
    erp: MemoryRemote, error: type[DeliveryError]
) -> None:
    erp.reachable = raising(error("because of a\x00b\ud800"))
    edit()
    drain()
    state = DestinationState.objects.get()
    assert state.is_held or state.is_paused
    assert state.held_because + state.paused_because == "because of a\ufffdb\ufffd"
