"""The supervisor keeps delivering, whatever becomes of the cluster."""

import signal
from datetime import timedelta

import pytest
from django.db.models import F

from outbox.draining import drain_once
from outbox.models import Message, State, Worker
from records.actions import create_record
from records.context import EditContext
from records.registry import RecordType
from tests.processes.stack import RemoteProcess, WorkerProcess, running_worker, wait_until


def delivered(number: str) -> bool:
    return Message.objects.filter(lane__key=number, state=State.DELIVERED).exists()


def create(customers: RecordType, number: str, context: EditContext) -> None:
    create_record(customers, {"number": number, "name": "Alfreds"}, context=context)


def test_an_idle_worker_that_is_killed_is_replaced(
    worker: WorkerProcess, remote: RemoteProcess, customers: RecordType, alice: EditContext
) -> None:
    create(customers, "A", alice)
    wait_until(lambda: delivered("A"), seconds=20, what="the first edit arrives")
    # A worker killed while it waits for the queue leaves the queue locked: none runs any more.
    _main, _sentinel, *others = worker.cluster()
    for process in others:
        process.send_signal(signal.SIGKILL)
    create(customers, "B", alice)
    wait_until(lambda: delivered("B"), seconds=30, what="delivering again")


def test_a_cluster_whose_sentinel_is_killed_is_replaced(
    worker: WorkerProcess, remote: RemoteProcess, customers: RecordType, alice: EditContext
) -> None:
    _, sentinel, *orphans = worker.cluster()
    sentinel.send_signal(signal.SIGKILL)
    create(customers, "A", alice)
    wait_until(lambda: delivered("A"), seconds=30, what="delivering again")
    wait_until(
        lambda: not any(orphan.is_running() for orphan in orphans), seconds=5, what="no orphans"
    )


def test_a_lost_queue_is_found_out_by_the_sweep(
    worker: WorkerProcess,
    remote: RemoteProcess,
    customers: RecordType,
    alice: EditContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "outbox.wake.async_task", lambda *args, **kwargs: None
    )  # every wake-up is lost
    create(customers, "A", alice)
    wait_until(lambda: delivered("A"), seconds=30, what="delivered without a wake-up")


def test_sigterm_stops_the_worker_and_all_its_processes(
    worker: WorkerProcess, remote: RemoteProcess
) -> None:
    processes = worker.cluster()
    assert worker.stop(seconds=15) == 0
    assert not any(process.is_running() for process in processes)
    assert not Worker.objects.exists()


def test_a_worker_deletes_what_ended_long_ago(
    stack: dict[str, str], remote: RemoteProcess, customers: RecordType, alice: EditContext
) -> None:
    create(customers, "A", alice)
    drain_once("erp", seconds=5)
    Message.objects.update(ended_at=F("ended_at") - timedelta(days=31))
    create(customers, "B", alice)
    for _ in running_worker(stack):
        wait_until(lambda: delivered("B"), seconds=20, what="the other edit arrives")
        wait_until(lambda: not delivered("A"), seconds=5, what="the old message is gone")


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_with_the_default_waits_an_idle_worker_is_replaced_within_60_seconds(
    stack: dict[str, str], remote: RemoteProcess, customers: RecordType, alice: EditContext
) -> None:
    env = {name: value for name, value in stack.items() if not name.startswith("OUTBOX_")}
    for worker in running_worker(env):
        create(customers, "A", alice)
        wait_until(lambda: delivered("A"), seconds=20, what="the first edit arrives")
        _main, _sentinel, *others = worker.cluster()
        for process in others:
            process.send_signal(signal.SIGKILL)
        create(customers, "B", alice)
        took = wait_until(lambda: delivered("B"), seconds=60, what="delivering again")
        print(f"delivering again after {took:.1f} s")
