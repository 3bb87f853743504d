"""A host whose clock is two hours ahead or behind: leases and waits go by the database's clock."""

from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from outbox.claiming import claim
from outbox.clock import database_now
from outbox.models import Attempt, Lane, Outcome, State
from outbox.shares import Shares
from outbox.signals import announce_again
from records.actions import create_record, update_record
from records.context import EditContext
from records.registry import RecordType
from tests.outbox.situations import drain, pass_time, states
from tests.processes.dying import ended, start_command
from tests.processes.ledger import all_is_quiet, assert_all_arrived
from tests.processes.stack import RemoteProcess, running_worker, wait_until

WRONG = pytest.mark.parametrize("shift", ["+2h", "-2h"])


def with_clock(env: dict[str, str], shift: str) -> dict[str, str]:
    """The environment of a host whose clock is wrong; durations it measures are right."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        pytest.skip("libfaketime is not installed")
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has no clock but its host's")
    fake = {"LD_PRELOAD": str(library), "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    return env | fake


@pytest.fixture
def backlog(stack: dict[str, str], customers: RecordType, alice: EditContext) -> None:
    for number in "ABC":
        create_record(customers, {"number": number, "name": "Alfreds"}, context=alice)
        update_record(customers, number, {"city": "Berlin"}, context=alice)


@WRONG
def test_it_respects_the_leases_of_others_and_tries_again_as_soon_as_they(
    shift: str, backlog: None, stack: dict[str, str], remote: RemoteProcess
) -> None:
    [leased] = claim("erp", 1, Shares(concurrency=1))
    remote.set_faults(server_error=True, key="B")
    ended(start_command(with_clock(stack, shift), "drain_outbox"))

    its_clock = Attempt.objects.latest("started_at").started_at
    assert abs(its_clock - timezone.now()) > timedelta(hours=1)
    assert states("A") == [State.PENDING] * 2
    assert Lane.objects.get(key="A").lease_token == leased.lease.token
    assert states("C") == [State.DELIVERED] * 2
    again_at = Lane.objects.get(key="B").due_at
    assert again_at is not None
    assert abs(again_at - database_now()) < timedelta(seconds=10)

    remote.set_faults()
    pass_time(100)
    drain()
    announce_again()
    assert_all_arrived(remote)


@pytest.mark.slow
@WRONG
def test_its_worker_and_others_deliver_side_by_side(
    shift: str,
    stack: dict[str, str],
    remote: RemoteProcess,
    customers: RecordType,
    alice: EditContext,
) -> None:
    right = stack | {"OUTBOX_WEDGED_AFTER": "20"}
    wrong = with_clock(right, shift)
    with contextmanager(running_worker)(right), contextmanager(running_worker)(wrong):
        for n in range(200):
            number = f"C{n % 20}"
            if n < 20:
                create_record(customers, {"number": number, "name": "Alfreds"}, context=alice)
            else:
                update_record(customers, number, {"city": f"City {n}"}, context=alice)
        wait_until(all_is_quiet, seconds=60, what="all is delivered")
    tries = Attempt.objects.values_list("started_at", flat=True)
    its = [at for at in tries if abs(at - timezone.now()) > timedelta(hours=1)]
    assert 0 < len(its) < len(tries)  # both had their part
    assert not Attempt.objects.exclude(outcome=Outcome.DELIVERED).exists()
    assert_all_arrived(remote)


@pytest.mark.slow
@WRONG
def test_its_worker_delivers_alone(
    shift: str,
    stack: dict[str, str],
    remote: RemoteProcess,
    customers: RecordType,
    alice: EditContext,
) -> None:
    env = with_clock(stack | {"OUTBOX_WEDGED_AFTER": "20", "REDIS_URL": ""}, shift)
    remote.set_faults(server_error=True, times=1)
    with contextmanager(running_worker)(env):
        create_record(customers, {"number": "A", "name": "Alfreds"}, context=alice)
        wait_until(all_is_quiet, seconds=30, what="it is delivered, at the second try")
    assert Attempt.objects.count() == 2
    assert_all_arrived(remote)
