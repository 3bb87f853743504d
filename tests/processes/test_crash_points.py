"""A drain that dies between any two of its steps: another goes on, and each edit has one effect."""

import signal

import pytest

from outbox.models import Attempt, Lane, Message, Outcome
from outbox.signals import announce_again
from records.actions import create_record, update_record
from records.context import EditContext
from records.registry import RecordType
from tests.outbox.situations import drain, pass_time
from tests.processes.dying import DeathNote, ended, start_command
from tests.processes.ledger import assert_all_arrived
from tests.processes.stack import RemoteProcess, wait_until

#: Longer than a lease.
LONG = 100.0

POINTS = (
    "before_claim",
    "after_claim",
    "before_send",
    "after_reply",
    "before_settle",
    "before_settle_commits",
    "after_settle",
)
#: The second time with others settled and others under way.
DEATHS = [
    *((point, 1) for point in POINTS),
    *(("after_reply", 2), ("before_settle_commits", 2)),
    *(
        pytest.param(point, 2, marks=pytest.mark.slow)
        for point in POINTS
        if point not in ("after_reply", "before_settle_commits")
    ),
]


@pytest.fixture
def backlog(stack: dict[str, str], customers: RecordType, alice: EditContext) -> None:
    """Six customers with two edits each."""
    for number in "ABCDEF":
        create_record(customers, {"number": number, "name": "Alfreds"}, context=alice)
        update_record(customers, number, {"city": "Berlin"}, context=alice)


def another_goes_on() -> None:
    pass_time(LONG)
    drain(20)
    announce_again()  # the supervisor's part


@pytest.mark.parametrize(("point", "passing"), DEATHS)
def test_a_drain_that_dies_is_taken_over_by_another(
    point: str,
    passing: int,
    backlog: None,
    mortal: dict[str, str],
    death_note: DeathNote,
    remote: RemoteProcess,
) -> None:
    death_note.write(point, passing=passing)
    # Two lanes at a time, or it would not come by again.
    dying = start_command(mortal | {"ERP_CONCURRENCY": "2"}, "drain_outbox")
    assert ended(dying)[0] == -signal.SIGKILL
    assert Message.objects.pending().exists()

    another_goes_on()

    assert_all_arrived(remote)
    assert not Lane.objects.filter(lease_token__isnull=False).exists()


def test_what_a_dead_drain_had_on_the_way_takes_effect_and_is_repeated_with_the_same_key(
    backlog: None, mortal: dict[str, str], remote: RemoteProcess
) -> None:
    remote.set_faults(slow_seconds=1, times=6)
    dying = start_command(mortal, "drain_outbox")
    wait_until(lambda: not remote.is_faulty(), seconds=20, what="all six creates are on the way")
    dying.kill()
    ended(dying)
    wait_until(lambda: len(remote.ledger()) == 6, seconds=10, what="they take effect")
    assert not Attempt.objects.exists()  # and nobody here knows

    another_goes_on()

    creates = Attempt.objects.filter(message__sequence=1).order_by("message", "number")
    assert [try_.outcome for try_ in creates] == [Outcome.UNKNOWN, Outcome.DELIVERED] * 6
    assert_all_arrived(remote)
