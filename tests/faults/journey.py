"""The way of some edits to the remote: into trouble, and out of it again."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO
from typing import Protocol

from django.core.management import call_command

from outbox.destinations import resume
from outbox.models import Attempt, DestinationState, Lane, Message, State
from records.actions import create_record, delete_record, update_record
from records.context import EditContext, Source
from records.registry import record_type
from tests.faults.proxy import Fault, FaultProxy, passes_on
from tests.outbox.situations import drain, pass_time
from tests.processes.ledger import DemoRemoteClient, judge

TOKEN = "test-token"
#: Seconds that a request may take in all, where a test waits for its end.
DEADLINE = 0.5
#: Where none does, a busy machine is no fault.
NO_HURRY = 10.0
#: A drain in which every request waits for its deadline has ended by then.
IN_TIME = DEADLINE + 2.5

ALICE = EditContext(actor="alice", source=Source.FORM, reference="request-1")


class SetUrl(Protocol):
    def __call__(self, url: str, *, deadline: float = NO_HURRY) -> None: ...


def create(key: str) -> None:
    create_record(record_type("customer"), {"number": key, "name": "Alfreds"}, context=ALICE)


def change(key: str, **values: str) -> None:
    update_record(record_type("customer"), key, values, context=ALICE)


def delete(key: str) -> None:
    delete_record(record_type("customer"), key, context=ALICE)


class Then(StrEnum):
    """What a try leads to."""

    DELIVERED = "delivered"
    UNKNOWN = "unknown"  # it may have been applied: same key, same bytes
    RETRY = "retry"  # likewise; the remote said that it failed
    REJECTED = "rejected"  # dead at once
    WAITS = "waits"  # no try: it is the destination that is away


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What becomes of each edit in trouble; None: the trouble says nothing of such an edit."""

    create: Then | None
    update: Then | None
    delete: Then | None
    #: Whether the remote has applied the edits all the same.
    applied: bool = False
    #: Whether nothing more is sent until a person resumes the destination.
    paused: bool = False


def all_end(then: Then, *, applied: bool = False, paused: bool = False) -> Expected:
    return Expected(create=then, update=then, delete=then, applied=applied, paused=paused)


@contextmanager
def trouble(proxy: FaultProxy, fault: Fault) -> Iterator[None]:
    proxy.fault = fault
    try:
        yield
    finally:
        proxy.fault = passes_on


@contextmanager
def case(name: str) -> Iterator[None]:
    """One of many in a test: a failure names it."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"in the case: {name}")
        raise


def travel(
    expected: Expected,
    during: AbstractContextManager[None],
    proxy: FaultProxy,
    remote: DemoRemoteClient,
    number: int = 0,
) -> None:
    """One new customer, one changed twice, one deleted: sent in trouble, and again after it.

    Each journey of a test has a number, and customers of its own.
    """
    heads = _edits_in_wait(expected, number)
    proxy.requests.clear()
    before = len(remote.ledger())
    with during:
        drain_in_time()
    for head, then in heads:
        _assert_ended(message(head.lane.key, head.sequence), then)
        _assert_followed_in_order(head, then, proxy)
    applied = {row["key"] for row in remote.ledger()[before:]}
    assert applied == ({head.lane.key for head, _ in heads} if expected.applied else set())
    assert is_paused() is expected.paused
    if expected.paused:
        _assert_stays_paused(proxy)
        resume("erp")
    if any(then == Then.REJECTED for _, then in heads):
        replay_dead()
    else:
        _assert_own_keys(proxy)
    arrive()
    assert not judge(remote), judge(remote)
    assert_repeated_alike(proxy)


def prepare(*numbers: int) -> None:
    """Customers at both ends for journeys to come, all at once: `travel` sees to its own."""
    for number in numbers:
        create(f"CHANGED-{number}")
        create(f"DELETED-{number}")
    arrive()


def drain_in_time() -> None:
    started = time.monotonic()
    drain()
    assert time.monotonic() - started < IN_TIME


def arrive() -> None:
    """Once the trouble is over: everything that waits is delivered within hours."""
    for _ in range(10):
        pass_time(4000)  # longer than any wait that a remote may ask for
        drain()
        left = Message.objects.exclude(state__in=[State.DELIVERED, State.SUPERSEDED])
        if not left.exists():
            return
    raise AssertionError(list(left.values_list("lane__key", "sequence", "state", "last_error")))


def replay_dead() -> None:
    call_command("replay_messages", "erp", stdout=StringIO())


def is_paused() -> bool:
    return DestinationState.objects.filter(paused_at__isnull=False).exists()


def message(key: str, sequence: int) -> Message:
    return Message.objects.select_related("lane").get(lane__key=key, sequence=sequence)


def outcomes(key: str) -> list[str]:
    """Of all tries to send the record, in order."""
    attempts = Attempt.objects.filter(message__lane__key=key).order_by("id")
    return list(attempts.values_list("outcome", flat=True))


def assert_repeated_alike(proxy: FaultProxy) -> None:
    """A key that came again came with the same bytes, headers and all."""
    raw = defaultdict(set)
    for request in proxy.writes:
        raw[request.idempotency_key].add(request.raw)
    assert [key for key, seen in raw.items() if len(seen) > 1] == []


def _edits_in_wait(expected: Expected, number: int) -> list[tuple[Message, Then]]:
    """The first edit that waits of each customer, and what is to become of it."""
    new, changed, deleted = f"NEW-{number}", f"CHANGED-{number}", f"DELETED-{number}"
    if not Lane.objects.filter(key=changed).exists():
        prepare(number)
    heads = []
    if expected.create:
        create(new)
        heads.append((message(new, 1), expected.create))
    if expected.update:
        change(changed, city="Berlin")
        change(changed, city="Bonn")
        heads.append((message(changed, 2), expected.update))
    if expected.delete:
        delete(deleted)
        heads.append((message(deleted, 2), expected.delete))
    return heads


def _assert_ended(head: Message, then: Then) -> None:
    attempts = list(head.attempt_set.all())
    if then == Then.WAITS:
        assert (head.state, head.attempts, attempts) == (State.PENDING, 0, [])
        assert head.first_failed_at is None, "an outage is no day of failing"
        return
    assert [attempt.outcome for attempt in attempts] == [then], head.last_error
    assert (attempts[0].duration or 0) < DEADLINE + 1
    if then == Then.DELIVERED:
        assert head.state == State.DELIVERED
    elif then == Then.REJECTED:
        assert head.state == State.DEAD
    else:
        assert (head.state, head.maybe_applied) == (State.PENDING, True)


def _assert_followed_in_order(head: Message, then: Then, proxy: FaultProxy) -> None:
    """What is behind it in its lane leaves only once it is delivered."""
    for behind in Message.objects.filter(lane=head.lane, sequence__gt=head.sequence):
        if then == Then.DELIVERED:
            assert behind.state == State.DELIVERED
        else:
            assert (behind.state, behind.attempts) == (State.PENDING, 0)
            assert behind.idempotency_key not in {one.idempotency_key for one in proxy.writes}


def _assert_stays_paused(proxy: FaultProxy) -> None:
    arrived = len(proxy.requests)
    pass_time(86400)
    drain()
    assert len(proxy.requests) == arrived


def _assert_own_keys(proxy: FaultProxy) -> None:
    keys = {request.idempotency_key for request in proxy.writes}
    assert keys <= {one.idempotency_key for one in Message.objects.all()}
