"""Leases: one drain at a time has a lane, and what a dead one may have sent is unknown."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from outbox import leasing
from outbox.claiming import claim, claim_solo
from outbox.clock import elapsed
from outbox.connectors.base import Acknowledgement, Request
from outbox.connectors.memory import MemoryConnector, MemoryRemote
from outbox.delivery import Channel, Delivered, LaneOutcome, deliver_lane
from outbox.destinations import state_of
from outbox.leasing import ClaimedLane
from outbox.models import Attempt, Death, Lane, Message, Outcome, Priority, State
from outbox.recording import record
from outbox.recovering import recover_expired
from outbox.settling import settle
from outbox.shares import Shares
from tests.outbox.connectors.rigs import endpoint
from tests.outbox.situations import draft, drain, edit, lane, pass_time, set_options, states

pytestmark = pytest.mark.django_db(transaction=True)

LEASE = 60


@pytest.fixture
def pass_here(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Seconds pass on this host's own clock, by which leases are counted."""
    passed = 0.0

    def pass_some(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    monkeypatch.setattr(leasing, "elapsed", lambda: elapsed() + passed)
    return pass_some


def die_holding(limit: int = 10) -> list[ClaimedLane]:
    """A drain that claims and is never heard of again; its leases run out."""
    claimed = claim("erp", limit, Shares(concurrency=limit))
    pass_time(LEASE + 1)
    return claimed


def delivered(claimed: ClaimedLane, **values: Any) -> LaneOutcome:
    """`values` are what the remote says it holds."""
    outcome = LaneOutcome(lane=claimed)
    for message in claimed.messages:
        outcome.delivered.append(
            Delivered(
                message=message,
                started_at="2026-01-01T00:00:00Z",  # type: ignore[arg-type]
                duration=0.1,
                acknowledgement=Acknowledgement(values=values),
            )
        )
    return outcome


def test_a_claimed_lane_is_not_claimed_again() -> None:
    edit()
    assert len(claim("erp", 10, Shares(concurrency=10))) == 1
    assert claim("erp", 10, Shares(concurrency=10)) == []


def test_lanes_of_another_destination_are_left_alone(settings: Any) -> None:
    settings.DESTINATIONS = settings.DESTINATIONS | {"shop": settings.DESTINATIONS["erp"]}
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
    state_of("erp")  # from the first drain on it is there
    with CaptureQueriesContext(connection) as queries:
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


@pytest.mark.parametrize("values", [{}, {"city": "Bonn"}], ids=["nothing told", "values told"])
def test_settling_with_an_old_token_writes_nothing(values: dict[str, Any]) -> None:
    edit()
    (late,) = die_holding()
    recover_expired("erp")
    (now,) = claim_solo("erp")
    assert settle([delivered(late, **values)]) == []
    assert Message.objects.get().state == State.PENDING
    settle([delivered(now, **values)])
    assert Message.objects.get().state == State.DELIVERED


def test_of_two_outcomes_of_a_lane_the_one_with_the_lease_is_kept() -> None:
    edit()
    (late,) = die_holding()
    recover_expired("erp")
    (now,) = claim_solo("erp")
    assert settle([delivered(late, city="Berlin"), delivered(now, city="Bonn")]) == []
    assert lane().shadow == {"city": "Bonn"}


def in_another_process(act: Callable[[], object]) -> None:
    """As far as the database sees: on a connection of its own."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


@pytest.mark.parametrize("values", [{}, {"city": "Berlin"}], ids=["nothing told", "values told"])
def test_an_edit_that_commits_just_before_settling_locks_its_lane_is_not_forgotten(
    values: dict[str, Any],
) -> None:
    taking_locks = "BEGIN" if connection.vendor == "sqlite" else "FOR NO KEY UPDATE"
    edits: list[Callable[[], object]] = [lambda: edit(city="Bonn")]

    def edit_first(execute: Any, sql: str, *arguments: Any) -> Any:
        if taking_locks in sql and edits:
            in_another_process(edits.pop())
        return execute(sql, *arguments)

    edit(city="Berlin")
    (claimed,) = claim("erp", 1, Shares(concurrency=1))
    with connection.execute_wrapper(edit_first):
        settle([delivered(claimed, **values)])
    assert edits == []
    assert states() == [State.DELIVERED, State.PENDING]
    assert len(claim("erp", 1, Shares(concurrency=1))) == 1


def test_an_edit_that_commits_late_is_not_passed_over(erp: MemoryRemote) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time: edits commit in the order they begin")
    recorded, commit = threading.Event(), threading.Event()

    def edit_slowly() -> None:
        with transaction.atomic():
            record([draft("ALFKI")])
            recorded.set()
            commit.wait(30)
        connection.close()

    slow = threading.Thread(target=edit_slowly)
    slow.start()
    recorded.wait(30)
    edit("BOTTM")
    drain()
    assert states("BOTTM") == [State.DELIVERED]
    commit.set()
    slow.join()
    drain()
    assert states("ALFKI") == [State.DELIVERED]


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
    edit()
    (claimed,) = claim("erp", 1, Shares(concurrency=1))
    connector = MemoryConnector(endpoint("memory://", deadline=LEASE - 4.9))
    outcome = deliver_lane(claimed, Channel(connector=connector, grace=5, stop=threading.Event()))
    assert erp.received == []
    settle([outcome])
    assert lane().lease_token is None
    assert lane().due_at is not None, "given back, to be claimed again"


def test_the_lease_is_looked_at_before_each_message(
    erp: MemoryRemote, pass_here: Callable[[float], None]
) -> None:
    for _ in range(3):
        edit()
    (claimed,) = claim("erp", 1, Shares(concurrency=1))
    erp.after = lambda request: pass_here(25)
    connector = MemoryConnector(endpoint("memory://", deadline=15))
    outcome = deliver_lane(claimed, Channel(connector=connector, grace=5, stop=threading.Event()))
    assert len(outcome.delivered) == 2, "the third would have 10 of the 60 seconds left"


def test_a_lease_is_counted_from_before_the_claim_is_asked_for(
    pass_here: Callable[[float], None],
) -> None:
    def slowly(execute: Any, sql: str, *arguments: Any) -> Any:
        if "UPDATE outbox_lane" in sql:
            pass_here(10)
        return execute(sql, *arguments)

    edit()
    with connection.execute_wrapper(slowly):
        (claimed,) = claim("erp", 1, Shares(concurrency=1))
    assert claimed.lease.time_left() <= LEASE - 10


def test_a_lane_whose_lease_has_run_out_is_not_claimed_as_if_nothing_had_been_sent() -> None:
    edit()
    die_holding()
    assert claim("erp", 10, Shares(concurrency=10)) == []
    recover_expired("erp")
    assert len(claim_solo("erp")) == 1


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


def test_nothing_is_sent_beside_the_lane_of_a_dead_worker(erp: MemoryRemote) -> None:
    edit("ALFKI")
    die_holding()
    recover_expired("erp")
    edit("BOTTM")
    beside: list[Request] = []

    def look_around(request: Request) -> None:
        if request.key == "ALFKI":
            time.sleep(0.2)
            beside.extend(erp.received)

    erp.before = look_around
    drain()
    assert [request.key for request in erp.received] == ["ALFKI", "BOTTM"]
    assert beside == []


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


def test_however_many_lanes_a_worker_had_one_drain_takes_them_back() -> None:
    for n in range(150):
        edit(f"C{n}")
    die_holding(150)  # as with large batches
    assert recover_expired("erp") == 150
    assert recover_expired("erp") == 0


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


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what is there")
@pytest.mark.parametrize("failing", [False, True])
def test_due_lanes_are_found_without_reading_the_others(failing: bool) -> None:
    due = Lane.objects.claimable("erp", solo=False).filter(priority=Priority.BULK)
    if failing:
        due = due.filter(failures__gt=0)
    plan = due.order_by("due_at").explain()
    assert "(destination=? AND solo=? AND priority=? AND due_at<?)" in plan
    assert "TEMP B-TREE" not in plan
    assert ("lane_failing" in plan) == failing


def test_a_lane_is_as_urgent_as_what_it_still_has_to_send() -> None:
    edit(priority=Priority.INTERACTIVE)
    (claimed,) = claim("erp", 1, Shares(concurrency=1))
    edit(priority=Priority.BULK)
    assert lane().priority == Priority.INTERACTIVE
    settle([delivered(claimed)])
    assert lane().priority == Priority.BULK


def test_bulk_work_has_its_turn_where_there_is_one_sender(erp: MemoryRemote, settings: Any) -> None:
    set_options(settings, concurrency=1)
    _lanes(Priority.INTERACTIVE, 12)
    _lanes(Priority.BULK, 1)
    erp.before = lambda request: time.sleep(0.07)  # so that few lanes are claimed ahead
    drain()
    bulk = [request.key.startswith(Priority.BULK.label) for request in erp.applied]
    assert bulk.index(True) < 10
