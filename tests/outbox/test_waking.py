import subprocess
import time
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connection, transaction
from django_q.brokers import get_broker
from django_q.conf import Conf

from outbox import wake as waking
from outbox.clock import database_now, database_now_in
from outbox.connectors.base import Request
from outbox.connectors.errors import Unavailable
from outbox.connectors.memory import MemoryRemote
from outbox.destinations import pause
from outbox.heartbeat import drain_slot, drains_per_destination
from outbox.models import DestinationState, Drain, Lane, Message, Worker
from outbox.recording import record
from outbox.sweeping import overdue_since, sweep
from outbox.tasks import drain as drain_task
from tests.outbox.situations import (
    WELL,
    draft,
    edit,
    everybody_fails,
    pass_time,
    raising,
    set_options,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The destinations for which a drain was queued."""
    queued: list[str] = []
    monkeypatch.setattr(waking, "async_task", lambda task, name, cluster: queued.append(name))
    return queued


def test_a_committed_edit_wakes_a_worker(woken: list[str]) -> None:
    edit()
    assert woken == ["erp"]


def test_whoever_records_wakes_those_who_deliver(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Conf, "CLUSTER_NAME", settings.UPLOAD_QUEUE_NAME)  # as an upload's worker
    queue, others = get_broker(settings.QUEUE_NAME), get_broker(settings.UPLOAD_QUEUE_NAME)
    for left_by_others in (queue, others):  # Redis keeps what other tests asked for
        left_by_others.purge_queue()
    edit()
    assert (queue.queue_size(), others.queue_size()) == (1, 0)
    queue.purge_queue()


def test_a_rolled_back_edit_wakes_nobody(woken: list[str]) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        record([draft()])
        raise RuntimeError
    assert woken == []


def test_an_edit_after_a_rolled_back_savepoint_still_wakes(woken: list[str]) -> None:
    with transaction.atomic():
        with pytest.raises(RuntimeError), transaction.atomic():
            record([draft()])
            raise RuntimeError
        record([draft("BOTTM")])
    assert woken == ["erp"]


def test_many_edits_wake_one_worker(woken: list[str]) -> None:
    for n in range(10):
        edit(f"C{n}")
    assert woken == ["erp"]


def test_a_wake_up_that_nobody_took_is_repeated(woken: list[str]) -> None:
    edit()
    pass_time(6)
    edit()
    assert woken == ["erp", "erp"]


def test_an_edit_after_a_drain_has_begun_wakes_another(woken: list[str], erp: Any) -> None:
    edit()
    drain_task("erp")
    edit()
    assert woken == ["erp", "erp"]


def test_an_edit_during_a_drain_wakes_another(woken: list[str], erp: MemoryRemote) -> None:
    def edit_another(request: Request) -> None:
        erp.after = WELL.after
        edit("BOTTM")
        connection.close()  # this is a sender thread; it has a connection of its own

    erp.after = edit_another
    edit()
    drain_task("erp")
    assert woken == ["erp", "erp"]


def test_a_drain_whose_time_is_up_wakes_another(
    woken: list[str], erp: MemoryRemote, settings: Any
) -> None:
    settings.OUTBOX = settings.OUTBOX | {"drain": 0.3}
    erp.after = lambda request: time.sleep(0.1)
    for _ in range(20):
        edit()
    drain_task("erp")
    assert woken == ["erp", "erp"]


def test_a_drain_with_more_than_it_can_send_at_once_calls_another(
    woken: list[str], erp: MemoryRemote, settings: Any
) -> None:
    set_options(settings, concurrency=1)
    for key in ("ALFKI", "BOTTM"):
        edit(key)
    drain_task("erp")
    assert woken == ["erp", "erp"]
    drain_task("erp")  # the one that was called
    edit("ALFKI", city="Bonn")
    drain_task("erp")
    assert woken == ["erp", "erp", "erp"]  # of the edit: one lane is no reason to call


def test_a_defect_in_waking_does_not_fail_the_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "wake", raising(ZeroDivisionError("a defect")))
    edit()
    assert Message.objects.count() == 1


def test_a_queue_that_is_away_does_not_fail_the_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def away(*args: object, **kwargs: object) -> None:
        tried.append(args)
        raise ConnectionError("Redis is gone")

    monkeypatch.setattr(waking, "async_task", away)
    edit()
    pass_time(10)
    edit()
    assert Message.objects.count() == 2
    assert len(tried) == 1, "the second edit does not wait for a queue that has just failed"


def test_the_sweep_wakes_for_what_is_due(woken: list[str]) -> None:
    edit()
    pass_time(6)
    woken.clear()
    sweep()
    assert woken == ["erp"]


def test_the_sweep_asks_though_others_do_so_all_the_time_and_nobody_hears_them(
    woken: list[str],
) -> None:
    edit()
    pass_time(11)
    edit()
    woken.clear()
    sweep()
    assert woken == ["erp"]


def test_the_sweep_leaves_a_drain_that_is_at_work_alone(woken: list[str]) -> None:
    edit()
    pass_time(11)
    edit()
    woken.clear()
    with drain_slot("erp"):
        sweep()
    assert woken == []


def test_the_sweep_lets_paused_destinations_sleep(woken: list[str]) -> None:
    edit()
    pause("erp", by="alice", because="maintenance")
    pass_time(60)
    woken.clear()
    sweep()
    assert woken == []
    assert overdue_since() is None


def test_the_sweep_lets_a_destination_that_is_held_sleep(
    woken: list[str], erp: MemoryRemote
) -> None:
    erp.reachable = raising(Unavailable("Away"))
    everybody_fails()
    pass_time(60)
    DestinationState.objects.update(held_until=database_now_in(60))
    woken.clear()
    sweep()
    assert woken == []
    assert overdue_since() is None, "an outage is no sign of a wedged cluster"


def test_the_sweep_lets_a_backoff_run(woken: list[str]) -> None:
    edit()
    pass_time(6)
    Lane.objects.update(due_at=database_now_in(60))
    woken.clear()
    sweep()
    assert woken == []


def test_one_destination_gets_no_more_than_its_share_of_the_workers(
    erp: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WORKERS = 4
    settings.DESTINATIONS = settings.DESTINATIONS | {"shop": settings.DESTINATIONS["erp"]}
    share = 1 if connection.vendor == "sqlite" else 2  # SQLite has one writer at a time
    assert drains_per_destination() == share
    with ExitStack() as running:
        for _ in range(share):
            assert running.enter_context(drain_slot("erp")) is not None
        assert running.enter_context(drain_slot("erp")) is None
        with drain_slot("shop") as other:
            assert other is not None
        pass_time(31)
        with drain_slot("erp") as after_the_dead:
            assert after_the_dead is not None


def test_a_drain_whose_process_is_gone_gives_up_its_place_at_once(erp: Any, settings: Any) -> None:
    settings.WORKERS = 1
    gone = subprocess.Popen(["true"])
    gone.wait()
    Drain.objects.create(
        destination="erp", pid=gone.pid, started_at=database_now(), beat_at=database_now()
    )
    with drain_slot("erp") as place:
        assert place is not None


def test_a_drain_that_finds_no_place_lets_others_ask_again(woken: list[str], settings: Any) -> None:
    settings.WORKERS = 1
    edit()
    with drain_slot("erp"):
        drain_task("erp")
    edit()
    assert woken == ["erp", "erp"]


def test_a_worker_that_is_told_to_stop_begins_no_drain(
    erp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = database_now()
    worker = Worker.objects.create(pid=1, started_at=now, seen_at=now, stopping=True)
    monkeypatch.setenv("OUTBOX_WORKER_ID", str(worker.pk))
    edit()
    drain_task("erp")
    assert erp.received == []
    worker.delete()
    drain_task("erp")
    assert len(erp.received) == 1
