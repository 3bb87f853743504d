"""What has ended is deleted after a while; what is open, and what that needs, stays."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import Task

from outbox import pacing, retention
from outbox.clock import database_now
from outbox.connectors.errors import Rejected
from outbox.connectors.memory import MemoryRemote
from outbox.housekeeping import keep_house
from outbox.models import Attempt, Lane, Message, Outcome, State
from outbox.retention import forget_failed_tasks, purge, to_purge
from tests.outbox.crowds import analyze, delivered_messages
from tests.outbox.situations import drain, edit, lane, raising, states

DAY = 86400.0
KEEP = 30 * DAY


def passed(days: float) -> None:
    """So long ago is what has ended so far."""
    Message.objects.update(ended_at=F("ended_at") - timedelta(days=days))


def end(message: Message, state: State = State.DELIVERED, *, days_ago: float = 31) -> None:
    ended_at = database_now() - timedelta(days=days_ago)
    Message.objects.filter(pk=message.pk).update(state=state, ended_at=ended_at)
    Lane.objects.filter(pk=message.lane_id).update(
        head_sequence=F("last_sequence") + 1, due_at=None
    )


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that it paused each time."""
    found: list[float] = []
    monkeypatch.setattr("outbox.pacing.time.sleep", found.append)
    return found


# What is deleted


@pytest.mark.django_db(transaction=True)
def test_a_delivered_message_is_deleted_with_its_attempts(erp: MemoryRemote) -> None:
    edit()
    drain()
    passed(days=29)
    assert purge(keep=KEEP) == 0
    passed(days=2)
    assert purge(keep=KEEP) == 1
    assert not Message.objects.exists()
    assert not Attempt.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.DELIVERED, State.SUPERSEDED, State.DISCARDED])
def test_whatever_way_it_has_ended(state: State) -> None:
    end(edit(), state)
    assert purge(keep=KEEP) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.PENDING, State.DEAD])
def test_what_is_open_is_never_deleted(state: State) -> None:
    end(edit(), state, days_ago=4000)
    assert purge(keep=0) == 0
    assert states() == [state]


@pytest.mark.django_db(transaction=True)
def test_a_record_whose_messages_are_gone_goes_on_as_before(erp: MemoryRemote) -> None:
    edit(city="Bonn")
    drain()
    before = lane()
    passed(days=31)
    purge(keep=KEEP)
    edit(city="Kiel")
    drain()
    after = lane()
    assert [request.sequence for request in erp.applied] == [1, 2]
    assert (after.pk, after.external_id) == (before.pk, before.external_id)
    assert (after.acknowledged_sequence, states()) == (2, [State.DELIVERED])


@pytest.mark.django_db(transaction=True)
def test_what_waits_behind_a_dead_message_stays_with_it(erp: MemoryRemote) -> None:
    edit(city="Bonn")
    drain()
    erp.before = raising(Rejected("No."))
    edit(city="Kiel")
    edit(city="Rome")
    drain()
    passed(days=31)
    assert purge(keep=KEEP) == 1
    assert states() == [State.DEAD, State.PENDING]
    assert Attempt.objects.get().outcome == Outcome.REJECTED


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.PENDING, State.DEAD])
def test_the_carrier_of_an_open_message_stays(state: State) -> None:
    carried, carrier = edit(city="Bonn"), edit(city="Kiel")
    end(carrier)
    Message.objects.filter(pk=carried.pk).update(carrier=carrier, state=state)
    assert purge(keep=KEEP) == 0
    end(carried, State.SUPERSEDED, days_ago=1)
    assert purge(keep=KEEP) == 1
    carried.refresh_from_db()
    assert (carried.state, carried.carrier) == (State.SUPERSEDED, None)


@pytest.mark.django_db(transaction=True)
def test_a_carrier_and_what_it_carried_go_in_any_order(
    monkeypatch: pytest.MonkeyPatch, sleeps: list[float]
) -> None:
    messages = [edit(city=city) for city in ("Bonn", "Kiel", "Rome")]
    for days_ago, message in zip((33, 31, 32), messages, strict=True):
        end(message, State.SUPERSEDED, days_ago=days_ago)
    Message.objects.exclude(pk=messages[2].pk).update(carrier=messages[2])
    monkeypatch.setattr(pacing, "FIRST", 1)
    monkeypatch.setattr(pacing, "LEAST", 1)
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    assert purge(keep=KEEP) == 3


@pytest.mark.django_db
def test_what_a_lane_is_blocked_by_stays() -> None:
    message = edit()
    end(message)
    Lane.objects.update(blocked_by=message)
    assert purge(keep=KEEP) == 0
    Lane.objects.update(blocked_by=None)
    assert purge(keep=KEEP) == 1


# How it is deleted


@pytest.mark.django_db
def test_5000_messages_go_in_batches_and_are_never_read(sleeps: list[float]) -> None:
    delivered_messages(5000, days=60)
    passed(days=31)
    with CaptureQueriesContext(connection) as queries:
        assert purge(keep=KEEP) == 5000
    assert not Message.objects.exists()
    assert not Attempt.objects.exists()
    assert Lane.objects.count() == 5000
    batches = sum('DELETE FROM "outbox_message"' in query["sql"] for query in queries)
    assert 5 <= batches < 500
    assert not any("payload" in query["sql"] for query in queries)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float]]:
    """Messages of each batch, and for how many seconds it held its lock."""
    found: list[tuple[int, float]] = []
    real = pacing.Pace.stop

    def stop(pace: pacing.Pace, rows: int) -> None:
        real(pace, rows)
        found.append((rows, pace.held))

    monkeypatch.setattr(pacing.Pace, "stop", stop)
    return found


@pytest.mark.django_db
def test_no_batch_is_larger_than_it_may_be(
    batches: list[tuple[int, float]], sleeps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "GOAL", 1000)  # however fast the machine
    delivered_messages(300, days=60)
    passed(days=31)
    monkeypatch.setattr(retention, "AT_ONCE", 100)
    purge(keep=KEEP)
    assert [rows for rows, _ in batches] == [25, 50, 100, 100, 25]


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks rows, not everything")
def test_on_sqlite_the_lock_is_left_to_others_for_as_long_as_it_was_held(
    batches: list[tuple[int, float]], sleeps: list[float]
) -> None:
    delivered_messages(300, days=60)
    passed(days=31)
    purge(keep=KEEP)
    assert len(sleeps) == len(batches) > 1
    assert all(pause >= held / 2 for pause, (_, held) in zip(sleeps, batches, strict=True))


@pytest.mark.django_db
def test_the_oldest_go_first_and_time_is_bounded() -> None:
    delivered_messages(60, days=60)
    passed(days=31)
    assert purge(keep=KEEP, seconds=0) == pacing.FIRST
    assert not Message.objects.filter(lane__key="N1").exists()
    assert Message.objects.filter(lane__key="N60").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one lock for everything")
def test_what_another_host_is_deleting_is_passed_by() -> None:
    def on_another_host() -> int:
        try:
            return purge(keep=KEEP)
        finally:
            connection.close()

    delivered_messages(60, days=60)
    passed(days=31)
    with transaction.atomic(), ThreadPoolExecutor(1) as beside:
        mine = to_purge(database_now()).order_by("ended_at").select_for_update()[:25]
        assert len(mine) == 25
        assert beside.submit(on_another_host).result(10) == 35
    assert purge(keep=KEEP) == 25


@pytest.mark.django_db
def test_it_finds_them_by_the_index_of_what_has_ended(sleeps: list[float]) -> None:
    delivered_messages(20_000, days=60)
    analyze()
    before = database_now() - timedelta(seconds=KEEP)
    plan = to_purge(before).order_by("ended_at")[:1000].explain()
    assert "message_ended" in plan
    for slow in ("SCAN outbox", "Seq Scan", "TEMP B-TREE", "Sort"):
        assert slow not in plan
    assert 9_900 < to_purge(before).count() < 10_100


# When


@pytest.mark.django_db(transaction=True)
def test_every_worker_does_a_little_of_it_each_minute(settings: Any, erp: MemoryRemote) -> None:
    settings.OUTBOX = {"keep": DAY}
    edit()
    drain()
    keep_house()
    assert Message.objects.count() == 1
    passed(days=2)
    keep_house()
    assert Message.objects.count() == 0


@pytest.mark.django_db
def test_tasks_that_failed_are_forgotten_too() -> None:
    now = timezone.now()
    for name, days in (("new", 29), ("old", 31)):
        at = now - timedelta(days=days)
        Task.objects.create(id=name, name=name, func="f", started=at, stopped=at, success=False)
    forget_failed_tasks()
    assert Task.objects.get().name == "new"


# By hand


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("purge_outbox", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_keeps_as_long_as_the_settings_or_the_caller_say() -> None:
    end(edit("A"), days_ago=31)
    end(edit("B"), days_ago=2)
    assert run() == "1 messages that ended more than 30 days ago are deleted.\n"
    assert run("--days", "1", "--dry-run") == (
        "1 messages that ended more than 1 days ago would be deleted.\n"
    )
    assert Message.objects.get().lane.key == "B"
    assert run("--days", "0") == "1 messages that ended more than 0 days ago are deleted.\n"
    assert not Message.objects.exists()


@pytest.mark.parametrize("days", ["-1", "nan", "inf"])
def test_days_that_are_none_are_refused(days: str) -> None:
    with pytest.raises(CommandError, match="--days should be a number from 0"):
        run("--days", days)
