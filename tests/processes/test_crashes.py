"""Workers that are killed: nothing lost, doubled or reordered."""

import os
import random
import time

import pytest

from outbox.models import Message, State
from records.actions import create_record, update_record
from records.context import EditContext
from records.registry import RecordType
from tests.processes.ledger import judge
from tests.processes.stack import RemoteProcess, WorkerProcess, kill, wait_until


def nothing_pending() -> bool:
    return not Message.objects.filter(state=State.PENDING).exists()


@pytest.mark.timeout(240)
def test_nothing_is_lost_doubled_or_reordered_when_workers_are_killed(
    worker: WorkerProcess, remote: RemoteProcess, customers: RecordType, alice: EditContext
) -> None:
    seed = int(os.environ.get("SEED") or random.randrange(10**9))
    print(f"replay with SEED={seed}")
    rng = random.Random(seed)
    numbers = [f"C{n:03}" for n in range(50)]
    kill_before = sorted(rng.sample(range(500), 5))
    remote.set_faults(slow_seconds=0.01)
    for edit in range(500):
        if edit in kill_before:
            _kill_one(worker, rng)
        number = numbers[edit % 50]
        if edit < 50:
            create_record(customers, {"number": number, "name": "Alfreds"}, context=alice)
        else:
            update_record(customers, number, {"city": f"city {edit}"}, context=alice)
        time.sleep(0.01)
    remote.set_faults()
    wait_until(nothing_pending, seconds=120, what="everything is settled")
    assert not judge(remote), judge(remote)
    assert Message.objects.filter(state=State.DELIVERED).count() == 500


def _kill_one(worker: WorkerProcess, rng: random.Random) -> None:
    """One process of the cluster, whichever; the main one and the sentinel too."""
    cluster = worker.cluster()
    if cluster:
        kill(rng.choice(cluster))
