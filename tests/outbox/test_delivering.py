"""From a committed edit to an acknowledgement, and what happens when there is none."""

import threading
import time
from typing import Any

import pytest
from django.db import connection

from outbox import draining, signals
from outbox.connectors.base import Request
from outbox.connectors.errors import (
    Failed,
    Rejected,
)
from outbox.connectors.memory import MemoryRemote
from outbox.models import Attempt, Lane, Message, Outcome, State
from outbox.signals import note_taken_over
from tests.outbox.situations import WELL, drain, edit, lane, pass_time, raising, set_options, states

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_news_that_came_meanwhile_is_told_again(erp: MemoryRemote) -> None:
    edit()
    drain()
    told = lane()
    edit(city="Bonn")
    drain()
    Lane.objects.update(taken_over_sequence=0)
    note_taken_over([told])
    assert Lane.objects.untold().exists()
    note_taken_over([lane()])
    assert not Lane.objects.untold().exists()


def test_what_concerns_nobody_hides_no_earlier_news(erp: MemoryRemote) -> None:
    def edit_again(request: Request) -> None:
        erp.after = WELL.after
        edit(city="Ulm")
        connection.close()  # this is a sender thread; it has a connection of its own

    edit()
    drain()
    Lane.objects.update(taken_over_sequence=0)
    erp.after = edit_again
    edit(city="Bonn")
    drain()
    assert (lane().acknowledged_sequence, lane().taken_over_sequence) == (3, 0)


def test_a_defect_in_telling_the_news_ends_no_drain(
    erp: MemoryRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "_concerns", [lambda *said: True])
    monkeypatch.setattr(draining, "announce_acknowledged", raising(ZeroDivisionError("a defect")))
    edit()
    drain()
    assert states() == [State.DELIVERED]


def test_a_defect_in_telling_news_from_the_rest_ends_no_drain(
    erp: MemoryRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "_concerns", [raising(ZeroDivisionError("a defect"))])
    edit()
    drain()
    assert states() == [State.DELIVERED]


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
    tried = []

    def fail(request: Request) -> None:
        tried.append(request.sequence)
        raise Failed("Broken")

    erp.before = fail
    edit()
    edit(city="Bonn")
    drain()
    assert tried == [1]
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


def test_other_records_go_on_while_one_is_blocked(erp: MemoryRemote) -> None:
    erp.before = raising(Rejected("No.", status=422), key="ALFKI")
    edit("ALFKI")
    drain()
    edit("BOTTM")
    drain()
    assert states("BOTTM") == [State.DELIVERED]


def test_a_slow_record_holds_up_itself_only(erp: MemoryRemote, settings: Any) -> None:
    set_options(settings, concurrency=2)
    others = threading.Semaphore(0)
    came: list[bool] = []

    def wait_for_others(request: Request) -> None:
        if request.key == "SLOW":
            came.append(all(others.acquire(timeout=5) for _ in range(8)))
        else:
            others.release()

    erp.before = wait_for_others
    edit("SLOW")
    for n in range(8):
        edit(f"C{n}")
    drain(20)
    assert came == [True]


def test_a_blocked_lane_stays_blocked_when_it_is_edited(erp: MemoryRemote) -> None:
    erp.before = raising(Rejected("No."))
    edit()
    drain()
    erp.before = WELL.before
    edit(city="Bonn")
    drain()
    assert states() == [State.DEAD, State.PENDING]


def test_the_end_of_a_drain_stops_a_lane_before_its_next_message(erp: MemoryRemote) -> None:
    erp.after = lambda request: time.sleep(0.2)
    for n in range(20):
        edit(city=f"city {n}")
    started = time.monotonic()
    assert drain(0.5).more
    assert time.monotonic() - started < 2
    assert lane().lease_token is None


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
