"""Leases: one drain at a time has a lane, and what a dead one may have sent is unknown."""

import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from outbox.claiming import ClaimedLane, claim, claim_solo, recover_expired
from outbox.connectors.base import Acknowledgement
from outbox.connectors.memory import MemoryRemote
from outbox.delivery import Delivered, LaneOutcome, deliver_lane
from outbox.models import Attempt, Death, Lane, Message, Outcome, Priority, State
from outbox.settling import settle
from outbox.shares import Shares
from tests.outbox.situations import drain, edit, lane, pass_time

pytestmark = pytest.mark.django_db(transaction=True)

LEASE = 60


def die_holding(limit: int = 10) -> list[ClaimedLane]:
    """A drain that claims and is never heard of again; its leases run out."""
    claimed = claim("erp", limit, Shares(concurrency=limit))
    pass_time(LEASE + 1)
    return claimed


def delivered(claimed: ClaimedLane) -> LaneOutcome:
    outcome = LaneOutcome(lane=claimed)
    for message in claimed.messages:
        outcome.delivered.append(
            Delivered(
                message=message,
                started_at="2026-01-01T00:00:00Z",  # type: ignore[arg-type]
                duration=0.1,
                acknowledgement=Acknowledgement(),
            )
        )
    return outcome


def test_a_claimed_lane_is_not_claimed_again() -> None:
    edit()
    assert len(claim("erp", 10, Shares(concurrency=10))) == 1
    assert claim("erp", 10, Shares(concurrency=10)) == []


def test_lanes_of_another_destination_are_left_alone() -> None:
    edit()
    assert claim("shop", 10, Shares(concurrency=10)) == []


def test_no_more_lanes_are_claimed_than_asked_for() -> None:
    for n in range(5):
        edit(f"C{n}")
    assert len(claim("erp", 3, Shares(concurrency=3))) == 3
    assert len(claim("erp", 3, Shares(concurrency=3))) == 2


def test_lanes_that_somebody_waits_for_go_first() -> None:
    for n in range(5):
        edit(f"B{n}", priority=Priority.BULK)
    edit("ALFKI", priority=Priority.INTERACTIVE)
    (first,) = claim("erp", 1, Shares(concurrency=1))
    assert first.messages[0].request.key == "ALFKI"


def test_a_bulk_lane_gives_its_sender_back_after_each_message() -> None:
    for _ in range(3):
        edit("B", priority=Priority.BULK)
        edit("I", priority=Priority.INTERACTIVE)
    claimed = {
        one.messages[0].request.key: len(one.messages)
        for one in claim("erp", 10, Shares(concurrency=10))
    }
    assert claimed == {"B": 1, "I": 3}


def test_an_idle_poll_takes_no_lock() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert claim("erp", 10, Shares(concurrency=10)) == []
        assert recover_expired("erp") == 0
    statements = [query["sql"].split()[0] for query in queries]
    assert set(statements) == {"SELECT"}
    assert not any("FOR NO KEY UPDATE" in query["sql"] for query in queries)


def test_a_lane_that_somebody_edits_is_passed_by() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one lock for the whole database")
    edit("ALFKI")
    edit("BOTTM")
    second = connection.copy()
    try:
        second.set_autocommit(False)
        with second.cursor() as cursor:
            cursor.execute("SELECT id FROM outbox_lane WHERE key = 'ALFKI' FOR UPDATE")
        (claimed,) = claim("erp", 10, Shares(concurrency=10))
        assert claimed.messages[0].request.key == "BOTTM"
    finally:
        second.rollback()
        second.close()


def test_settling_with_an_old_token_writes_nothing() -> None:
    edit()
    (late,) = die_holding()
    recover_expired("erp")
    (now,) = claim_solo("erp")
    assert settle([delivered(late)]) == []
    assert Message.objects.get().state == State.PENDING
    settle([delivered(now)])
    assert Message.objects.get().state == State.DELIVERED


def test_an_outcome_for_a_locked_lane_is_kept_for_later() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one lock for the whole database")
    edit()
    (claimed,) = claim("erp", 10, Shares(concurrency=10))
    second = connection.copy()
    try:
        second.set_autocommit(False)
        with second.cursor() as cursor:
            cursor.execute("SELECT id FROM outbox_lane FOR UPDATE")
        outcome = delivered(claimed)
        assert settle([outcome]) == [outcome]
    finally:
        second.rollback()
        second.close()
    assert settle([outcome]) == []
    assert Message.objects.get().state == State.DELIVERED


def test_nothing_is_sent_when_the_lease_gets_short(erp: MemoryRemote, settings: object) -> None:
    from outbox.connectors.memory import MemoryConnector
    from tests.outbox.connectors.rigs import endpoint

    edit()
    (claimed,) = claim("erp", 1, Shares(concurrency=1))
    connector = MemoryConnector(endpoint("memory://", deadline=LEASE - 4.9))
    outcome = deliver_lane(claimed, connector, grace=5, stop=threading.Event())
    assert erp.received == []
    settle([outcome])
    assert lane().lease_token is None
    assert lane().due_at is not None, "given back, to be claimed again"


def test_what_a_dead_worker_may_have_sent_is_unknown() -> None:
    edit()
    edit(city="Bonn")
    die_holding()
    assert recover_expired("erp") == 1
    assert set(Attempt.objects.values_list("outcome", flat=True)) == {Outcome.UNKNOWN}
    assert all(message.maybe_applied for message in Message.objects.all())
    assert [message.delivery_number for message in Message.objects.all()] == [1, 1]


def test_the_lane_of_a_dead_worker_is_sent_alone_one_message_at_a_time(erp: MemoryRemote) -> None:
    edit()
    edit(city="Bonn")
    die_holding()
    recover_expired("erp")
    assert claim("erp", 10, Shares(concurrency=10)) == []
    (solo,) = claim_solo("erp")
    assert len(solo.messages) == 1
    settle([delivered(solo)])
    (solo,) = claim_solo("erp")
    assert solo.messages[0].request.sequence == 2
    settle([delivered(solo)])
    assert not lane().solo


def test_a_second_crash_does_not_make_known_what_was_unknown() -> None:
    for _ in range(4):
        edit()
    die_holding()
    recover_expired("erp")
    claim_solo("erp")
    pass_time(LEASE + 1)
    recover_expired("erp")
    assert lane().unknown_through == 4


def test_a_drain_takes_over_from_a_dead_worker(erp: MemoryRemote) -> None:
    for n in range(5):
        edit(f"C{n}")
        edit(f"C{n}", city="Bonn")
    die_holding()
    drain()
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}
    assert len(erp.applied) == 10


def test_a_message_that_kills_workers_dies_and_its_neighbours_do_not(erp: MemoryRemote) -> None:
    edit("POISON")
    edit("GOOD")
    die_holding()
    recover_expired("erp")
    for _ in range(5):
        for solo in claim_solo("erp"):
            if solo.messages[0].request.key == "GOOD":
                settle([delivered(solo)])
        pass_time(LEASE + 1)
        recover_expired("erp")
    poison = Message.objects.get(lane__key="POISON")
    assert poison.state == State.DEAD
    assert (poison.crashes, poison.died_of) == (3, Death.CRASHED)
    assert lane("POISON").blocked_by == poison
    good = Message.objects.get(lane__key="GOOD")
    assert (good.state, good.crashes) == (State.DELIVERED, 0)


def test_a_crash_with_neighbours_blames_nobody() -> None:
    edit("ALFKI")
    edit("BOTTM")
    for _ in range(5):
        Lane.objects.update(solo=False)
        die_holding()
        recover_expired("erp")
    assert set(Message.objects.values_list("crashes", flat=True)) == {0}


def test_a_lane_left_behind_is_armed_by_the_sweep() -> None:
    from outbox.sweeping import sweep

    edit()
    Lane.objects.update(due_at=None)
    sweep()
    assert lane().due_at is not None


def test_the_sweep_leaves_a_blocked_lane_alone() -> None:
    from outbox.sweeping import sweep

    message = edit()
    Lane.objects.update(due_at=None, blocked_by=message)
    sweep()
    assert lane().due_at is None


def test_a_claim_in_a_transaction_that_fails_leaves_the_lane() -> None:
    edit()
    with pytest.raises(RuntimeError), transaction.atomic():
        claim("erp", 1, Shares(concurrency=1))
        raise RuntimeError
    assert len(claim("erp", 1, Shares(concurrency=1))) == 1


def _lanes(kind: Priority, count: int) -> None:
    for number in range(count):
        edit(f"{kind.label}-{number}", priority=kind)


def _claimed_by_kind(limit: int, shares: Shares) -> tuple[int, int]:
    """Interactive and bulk lanes."""
    lanes = claim("erp", limit, shares)
    return sum(not lane.is_bulk for lane in lanes), sum(lane.is_bulk for lane in lanes)


def test_bulk_work_leaves_senders_free_for_form_edits() -> None:
    _lanes(Priority.BULK, 12)
    assert _claimed_by_kind(10, Shares(concurrency=10)) == (0, 8)
    assert _claimed_by_kind(2, Shares(concurrency=10, bulk_under_way=8)) == (0, 0)


def test_form_edits_leave_bulk_work_its_share() -> None:
    _lanes(Priority.INTERACTIVE, 12)
    _lanes(Priority.BULK, 12)
    assert _claimed_by_kind(10, Shares(concurrency=10)) == (8, 2)
    assert _claimed_by_kind(8, Shares(concurrency=10, bulk_under_way=2)) == (4, 4)


def test_form_edits_take_every_sender_where_no_bulk_work_is_due() -> None:
    _lanes(Priority.INTERACTIVE, 12)
    assert _claimed_by_kind(10, Shares(concurrency=10)) == (10, 0)


def test_a_single_sender_goes_to_the_form_edit_first() -> None:
    _lanes(Priority.BULK, 1)
    _lanes(Priority.INTERACTIVE, 1)
    assert _claimed_by_kind(1, Shares(concurrency=1)) == (1, 0)
    assert _claimed_by_kind(1, Shares(concurrency=1)) == (0, 1)
