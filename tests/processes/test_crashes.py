"""Workers that are killed: nothing lost, doubled or reordered."""

import os
import random
import time
from collections.abc import Sequence
from contextlib import ExitStack, contextmanager

import pytest

from outbox.models import Message, State
from records.actions import create_record, update_record
from records.context import EditContext
from records.registry import RecordType
from tests.processes.ledger import all_is_quiet, judge
from tests.processes.stack import (
    RemoteProcess,
    WorkerProcess,
    kill,
    running_worker,
    wait_until,
)


@pytest.mark.timeout(240)
def test_five_kills_during_500_edits(
    worker: WorkerProcess, remote: RemoteProcess, customers: RecordType, alice: EditContext
) -> None:
    edit_under_fire([worker], remote, customers, alice, edits=500, kills=5)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_forty_kills_of_three_workers_during_4000_edits(
    stack: dict[str, str], remote: RemoteProcess, customers: RecordType, alice: EditContext
) -> None:
    with ExitStack() as started:
        workers = [started.enter_context(contextmanager(running_worker)(stack)) for _ in range(3)]
        edit_under_fire(workers, remote, customers, alice, edits=4000, kills=40)


def edit_under_fire(
    workers: Sequence[WorkerProcess],
    remote: RemoteProcess,
    customers: RecordType,
    context: EditContext,
    *,
    edits: int,
    kills: int,
) -> None:
    """Edit 50 customers in turn while processes of the workers' clusters are killed."""
    seed = int(os.environ.get("SEED") or random.randrange(10**9))
    print(f"replay with SEED={seed}")
    rng = random.Random(seed)
    numbers = [f"C{n:03}" for n in range(50)]
    kill_before = set(rng.sample(range(edits), kills))
    remote.set_faults(slow_seconds=0.01)
    for edit in range(edits):
        if edit in kill_before and (cluster := rng.choice(workers).cluster()):
            kill(rng.choice(cluster))  # the main process and the sentinel are among them
        number = numbers[edit % 50]
        if edit < 50:
            create_record(customers, {"number": number, "name": "Alfreds"}, context=context)
        else:
            update_record(customers, number, {"city": f"city {edit}"}, context=context)
        time.sleep(0.01)
    remote.set_faults()
    wait_until(all_is_quiet, seconds=200, what="everything is settled")
    assert not judge(remote), judge(remote)
    assert Message.objects.filter(state__in=[State.DELIVERED, State.SUPERSEDED]).count() == edits
