"""Claiming: lease due lanes to one drain.

A lane is leased by a token and an end, in the database's time. While leased, its `due_at` is the
lease's end, so a lane whose drain died comes due like any other, and is known by its token.
"""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from outbox.clock import DatabaseNow, database_now, database_now_in, elapsed
from outbox.conf import Destination, outbox_conf
from outbox.conf import destination as configured
from outbox.connectors.base import Endpoint, Operation, Request
from outbox.crash_points import crash_point
from outbox.merging import MOST, Shipment, shipments, write_merged
from outbox.models import Attempt, Death, Lane, Message, Outcome, Priority, State
from outbox.models.lane import LaneQuerySet
from outbox.row_writing import write_rows
from outbox.shares import Shares

logger = logging.getLogger(__name__)

#: Seconds that a drain takes for lanes of dead drains before it sends anything.
RECOVERY: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    token: uuid.UUID
    #: When it ends, on this host's own clock, counted from before the claim was asked for.
    ends_at: float

    def time_left(self) -> float:
        """Seconds."""
        return self.ends_at - elapsed()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedMessage:
    id: uuid.UUID
    number: int  # of the next attempt
    maybe_applied: bool
    #: Whether others end with it.
    is_carrier: bool
    #: Seconds since its first failed try; 0 where none failed.
    failing_for: float
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedLane:
    """A lane and the messages to send, in order. Plain values: sender threads use no ORM."""

    id: int
    lease: Lease
    messages: Sequence[ClaimedMessage]
    is_bulk: bool = False
    #: Not to be sent together with others: its last try failed, or its drain died.
    is_alone: bool = False


def claim(
    destination: str, limit: int, shares: Shares, *, now: datetime | None = None
) -> list[ClaimedLane]:
    """Lease up to `limit` due lanes, those that somebody waits for first.

    `now` by the database's clock, where it was just looked at. Raises UnknownDestination.
    """
    interactive = _line(destination, now or database_now(), Priority.INTERACTIVE)
    bulk = _line(destination, interactive.now, Priority.BULK)
    target = interactive.target
    is_bulk_waiting = bulk.is_waiting()
    first = max(0, limit - shares.bulk_least) if is_bulk_waiting else limit
    is_somebody_waiting = interactive.is_waiting()
    claimed = _claim_grouped(interactive, first) if is_somebody_waiting else []
    wants_more = is_somebody_waiting and _places(claimed, target) >= first
    if is_bulk_waiting:
        most = min(limit - _places(claimed, target), shares.bulk_most)
        claimed += _claim_grouped(bulk, most)
        if wants_more:  # bulk work has left some of its share
            claimed += _claim_grouped(interactive, limit - _places(claimed, target))
    return claimed


def _places(claimed: Sequence[ClaimedLane], target: Destination) -> int:
    """A lane that goes alone takes a sender, which could take a batch of others."""
    return sum(target.batch if lane.is_alone else 1 for lane in claimed)


def claim_solo(destination: str, *, now: datetime | None = None) -> list[ClaimedLane]:
    """Lease one lane whose drain died, for the first message that may have been sent."""
    now = now or database_now()
    line = _Line(
        target=configured(destination),
        due=claimable(destination, now, solo=True),
        now=now,
        depth=1,
        is_solo=True,
    )
    return _claim(line, 1) if line.is_waiting() else []


def claimable(destination: str, now: datetime, *, solo: bool) -> LaneQuerySet:
    """The lanes that `claim`, or `claim_solo`, chooses from."""
    return Lane.objects.due(destination, now).is_solo(solo=solo).filter(lease_token__isnull=True)


def recover_expired(destination: str, *, seconds: float = RECOVERY) -> int:
    """Take lanes back from drains that died, for so long at most; returns how many.

    What they may have sent is unknown: it keeps its key and bytes, and is sent alone from now on.
    """
    endpoint, ends_at, recovered = configured(destination).endpoint, elapsed() + seconds, 0
    while some := _recover_some(destination, endpoint):
        recovered += some
        if elapsed() >= ends_at:
            break
    return recovered


def _recover_some(destination: str, endpoint: Endpoint) -> int:
    expired = Lane.objects.due(destination, database_now()).filter(lease_token__isnull=False)
    if not expired.exists():  # most often; a read takes no lock
        return 0
    with transaction.atomic():
        lanes = list(expired.select_for_update(skip_locked=True, no_key=True)[:100])
        for lane in lanes:
            _mark_unknown(lane, endpoint)
    return len(lanes)


def _mark_unknown(lane: Lane, endpoint: Endpoint) -> None:
    logger.warning("A worker died while it held the lane %s; resuming.", lane)
    messages = list(
        lane.messages.to_send()
        .filter(sequence__gte=lane.head_sequence, sequence__lte=lane.claimed_through)
        .order_by("sequence")
    )
    Attempt.objects.bulk_create(
        Attempt(
            message=message,
            number=message.attempts + 1,
            started_at=DatabaseNow(),
            outcome=Outcome.UNKNOWN,
            error="The worker died; whether the remote has applied this is unknown.",
        )
        for message in messages
    )
    lane.messages.filter(pk__in=[message.pk for message in messages]).update(
        attempts=F("attempts") + 1, maybe_applied=True
    )
    changes: dict[str, Any] = {
        "lease_token": None,
        "unknown_through": max(lane.unknown_through, min(lane.claimed_through, lane.last_sequence)),
        "solo": True,
        "due_at": database_now_in(endpoint.unclear_for),
    }
    if lane.solo and messages:  # nothing else was under way: this message is to blame
        changes |= _blame(messages[0])
    Lane.objects.filter(pk=lane.pk).update(**changes)


def _blame(message: Message) -> dict[str, Any]:
    """Count the crash; what becomes of the lane where the message has had its last chance."""
    crashes = message.crashes + 1
    values: dict[str, Any] = {"crashes": crashes}
    dies = crashes >= outbox_conf().crash_limit
    if dies:
        values |= {
            "state": State.DEAD,
            "died_of": Death.CRASHED,
            "ended_at": DatabaseNow(),
            "last_error": f"{crashes} workers died while this message was with them, and no other.",
        }
    Message.objects.filter(pk=message.pk).update(**values)
    return {"blocked_by": message, "due_at": None} if dies else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """Lanes that wait for the same senders."""

    target: Destination
    due: LaneQuerySet
    #: By the database's clock.
    now: datetime
    #: Messages of each lane that leave under one lease.
    depth: int
    is_bulk: bool = False
    is_solo: bool = False

    def is_waiting(self) -> bool:
        """Asked before a claim: an idle poll must not lock, least of all the whole of SQLite."""
        return self.due.exists()


def _line(destination: str, now: datetime, priority: Priority) -> _Line:
    target = configured(destination)
    depth = outbox_conf().claim_depth
    if priority == Priority.BULK:
        depth = 1  # its lane gives the sender back after each message: a form edit may want it
    if not target.endpoint.idempotent:
        depth = 1  # of several that a drain leaves behind, the first could be applied last
    due = claimable(destination, now, solo=False).filter(priority=priority)
    return _Line(target=target, due=due, now=now, depth=depth, is_bulk=priority == Priority.BULK)


def _claim_grouped(line: _Line, limit: int) -> list[ClaimedLane]:
    """Where requests go in batches, those that go alone may take half of the senders."""
    if line.target.batch == 1 or limit <= 1:
        return _claim(line, limit)
    failing = replace(line, due=line.due.filter(failures__gt=0))
    senders = limit // line.target.batch
    alone = _claim(failing, max(1, senders // 2)) if failing.is_waiting() else []
    together = replace(line, due=line.due.filter(failures=0))
    return alone + _claim(together, limit - _places(alone, line.target))


def _claim(line: _Line, limit: int) -> list[ClaimedLane]:
    if limit <= 0:
        return []
    conf = outbox_conf()
    crash_point("before_claim")
    lease = Lease(token=uuid.uuid4(), ends_at=elapsed() + conf.lease)
    with transaction.atomic():
        locked = line.due.select_for_update(skip_locked=True, no_key=True).order_by("due_at")
        lanes = {lane.pk: lane for lane in locked.defer("shadow")[:limit]}
        Lane.objects.filter(pk__in=lanes).update(
            lease_token=lease.token,
            due_at=database_now_in(conf.lease),
            claimed_through=F("head_sequence") + line.depth - 1,
        )
        # A statement of its own, behind the locks: what was committed meanwhile is sent along.
        shipped = _ship(lanes, line)
        crash_point("before_claim_commits")
    crash_point("after_claim")
    return [
        ClaimedLane(
            id=lane.pk,
            lease=lease,
            messages=[_claimed(lane, message, line.now) for message in shipped[lane.pk]],
            is_bulk=line.is_bulk,
            is_alone=line.is_solo or lane.failures > 0,
        )
        for lane in lanes.values()
    ]


def _ship(lanes: Mapping[int, Lane], line: _Line) -> dict[int, list[Message]]:
    """The messages to be sent of each lane; writes what is merged."""
    depth, merge = line.depth, line.target.merge and not line.is_solo
    waiting: dict[int, list[Message]] = {lane_id: [] for lane_id in lanes}
    messages = Message.objects.to_send().filter(
        lane__in=lanes,
        sequence__gte=F("lane__head_sequence"),
        sequence__lt=F("lane__head_sequence") + (MOST if merge else depth),
    )
    for message in messages.order_by("lane", "sequence"):
        waiting[message.lane_id].append(message)
    shipped: dict[int, list[Message]] = {}
    merged: list[Shipment] = []
    reaching_further = []
    for lane_id, lane in lanes.items():
        first = shipments(lane, waiting[lane_id], merge=merge)[:depth]
        shipped[lane_id] = [shipment.message for shipment in first]
        new = [shipment for shipment in first if shipment.carried]
        merged += new
        # What is carried leaves gaps: so many messages may reach further than so many sequences.
        if new or (first and first[-1].message.sequence >= lane.head_sequence + depth):
            lane.head_sequence = first[0].message.sequence
            lane.claimed_through = first[-1].message.sequence
            reaching_further.append(lane)
    write_merged(merged)
    write_rows(reaching_further, ["head_sequence", "claimed_through"])
    return shipped


def _claimed(lane: Lane, message: Message, now: datetime) -> ClaimedMessage:
    failed_at = message.first_failed_at or now
    return ClaimedMessage(
        id=message.id,
        number=message.attempts + 1,
        maybe_applied=message.maybe_applied,
        is_carrier=message.is_carrier,
        failing_for=(now - failed_at).total_seconds(),
        request=Request(
            operation=Operation(message.operation),
            collection=message.collection,
            key=lane.key,
            key_field=message.key_field,
            external_id=lane.external_id,
            idempotency_key=message.idempotency_key,
            sequence=message.sequence,
            payload=message.sent_payload,
        ),
    )
