"""Claiming: lease due lanes to one drain.

A lane is leased by a token and an end, in the database's time. While leased, its `due_at` is the
lease's end, so a lane whose drain died comes due like any other, and is known by its token.
"""

import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from outbox.clock import DatabaseNow, database_now, database_now_in, elapsed
from outbox.conf import outbox_conf
from outbox.connectors.base import Operation, Request
from outbox.models import Attempt, Death, Lane, Message, Outcome, Priority, State
from outbox.models.lane import LaneQuerySet
from outbox.shares import Shares

logger = logging.getLogger(__name__)


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


def claim(destination: str, limit: int, shares: Shares) -> list[ClaimedLane]:
    """Lease up to `limit` due lanes, those that somebody waits for first."""
    interactive = max(0, limit - shares.bulk_least)
    claimed = _claim_priority(destination, interactive, Priority.INTERACTIVE)
    wants_more = len(claimed) == interactive
    claimed += _claim_priority(
        destination, min(limit - len(claimed), shares.bulk_most), Priority.BULK
    )
    if wants_more and interactive < limit:  # bulk work has left some of its share
        claimed += _claim_priority(destination, limit - len(claimed), Priority.INTERACTIVE)
    return claimed


def claim_solo(destination: str) -> list[ClaimedLane]:
    """Lease one lane whose drain died, for the first message that may have been sent."""
    return _claim(destination, 1, depth=1, solo=True)


def claimable(destination: str, now: datetime, *, solo: bool) -> LaneQuerySet:
    """The lanes that `claim`, or `claim_solo`, chooses from."""
    return Lane.objects.due(destination, now).filter(solo=solo, lease_token__isnull=True)


def recover_expired(destination: str) -> int:
    """Take lanes back from drains that died; returns how many.

    What they may have sent is unknown: it keeps its key and bytes, and is sent alone from now on.
    """
    expired = Lane.objects.due(destination, database_now()).filter(lease_token__isnull=False)
    if not expired.exists():  # most often; a read takes no lock
        return 0
    with transaction.atomic():
        lanes = list(expired.select_for_update(skip_locked=True, no_key=True)[:100])
        for lane in lanes:
            _mark_unknown(lane)
    return len(lanes)


def _mark_unknown(lane: Lane) -> None:
    logger.warning("A worker died while it held the lane %s; resuming.", lane)
    messages = list(
        lane.messages.pending()
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
        "due_at": DatabaseNow(),
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


def _claim_priority(destination: str, limit: int, priority: Priority) -> list[ClaimedLane]:
    if limit <= 0:
        return []
    # A bulk lane gives its sender back after each message: a form edit may want it.
    depth = 1 if priority == Priority.BULK else outbox_conf().claim_depth
    return _claim(destination, limit, depth=depth, solo=False, priority=priority)


def _claim(
    destination: str,
    limit: int,
    *,
    depth: int,
    solo: bool,
    priority: Priority | None = None,
) -> list[ClaimedLane]:
    conf = outbox_conf()
    now = database_now()
    due = claimable(destination, now, solo=solo)
    if priority is not None:
        due = due.filter(priority=priority)
    if not due.exists():  # an idle poll must not lock, least of all the whole of SQLite
        return []
    lease = Lease(token=uuid.uuid4(), ends_at=elapsed() + conf.lease)
    with transaction.atomic():
        lanes = due.select_for_update(skip_locked=True, no_key=True).order_by("due_at")
        ids = list(lanes.values_list("pk", flat=True)[:limit])
        Lane.objects.filter(pk__in=ids).update(
            lease_token=lease.token,
            due_at=database_now_in(conf.lease),
            claimed_through=F("head_sequence") + depth - 1,
        )
    # Read after the claim has committed: what a lane got meanwhile is sent along.
    return _with_messages(ids, lease, now, is_bulk=priority == Priority.BULK)


def _with_messages(
    lane_ids: Iterable[int], lease: Lease, now: datetime, *, is_bulk: bool
) -> list[ClaimedLane]:
    by_lane: dict[int, list[ClaimedMessage]] = {lane_id: [] for lane_id in lane_ids}
    messages = (
        Message.objects.pending()
        .filter(
            lane__in=by_lane,
            lane__lease_token=lease.token,
            sequence__gte=F("lane__head_sequence"),
            sequence__lte=F("lane__claimed_through"),
        )
        .select_related("lane")
        .order_by("lane", "sequence")
    )
    for message in messages:
        by_lane[message.lane_id].append(_claimed(message, now))
    return [
        ClaimedLane(id=lane_id, lease=lease, messages=messages, is_bulk=is_bulk)
        for lane_id, messages in by_lane.items()
    ]


def _claimed(message: Message, now: datetime) -> ClaimedMessage:
    failed_at = message.first_failed_at or now
    return ClaimedMessage(
        id=message.id,
        number=message.attempts + 1,
        maybe_applied=message.maybe_applied,
        failing_for=(now - failed_at).total_seconds(),
        request=Request(
            operation=Operation(message.operation),
            collection=message.collection,
            key=message.lane.key,
            key_field=message.key_field,
            external_id=message.lane.external_id,
            idempotency_key=message.idempotency_key,
            sequence=message.sequence,
            payload=message.payload,
        ),
    )
