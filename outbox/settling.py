"""Settling: write what became of claimed lanes, guarded by the lease's token."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db import DataError, IntegrityError, transaction
from django.db.models import F, Min

from outbox.attempts import LONGEST_EXCERPT, write_attempts
from outbox.clock import DatabaseNow, database_now
from outbox.connectors.base import Operation
from outbox.connectors.errors import (
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from outbox.delivery import Delivered, LaneOutcome, Undelivered
from outbox.destinations import closed_seconds
from outbox.lane_writing import write_lanes
from outbox.models import Death, Lane, Message, State
from outbox.retry_policy import hold_backoff, is_given_up, lane_backoff
from outbox.signals import announce_acknowledged
from outbox.storable import storable_json, storable_text

logger = logging.getLogger(__name__)

LONGEST_EXTERNAL_ID = 200  # characters


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a lane still has to send."""

    head: int
    priority: int


def settle(outcomes: Sequence[LaneOutcome]) -> list[LaneOutcome]:
    """Write the outcomes in one transaction; returns those to try again, their lanes being locked.

    An outcome whose lease has passed on is dropped: the drain that has the lane now repeats the
    requests with the same keys.
    """
    try:
        return _settle(outcomes)
    except (DataError, IntegrityError, ValueError, TypeError) as error:
        logger.error("An outcome cannot be written: %s", error)
    left: list[LaneOutcome] = []
    for outcome in outcomes:  # one by one: an odd one takes no other along
        try:
            left += _settle([outcome])
        except (DataError, IntegrityError, ValueError, TypeError) as error:
            left += _settle_unwritable(outcome, error)
    return left


def _settle_unwritable(outcome: LaneOutcome, error: Exception) -> list[LaneOutcome]:
    """Nothing of it can be kept but which messages were sent: they may have been applied."""
    sent = [delivered.message for delivered in outcome.delivered]
    if outcome.stopped_by is not None:
        sent.append(outcome.stopped_by.message)
    if not sent:
        raise error  # nothing odd came from the remote
    reason = OutcomeUnknown(f"What the remote answered cannot be kept: {type(error).__name__}.")
    stopped_by = Undelivered(
        message=sent[0], started_at=datetime.now(UTC), duration=0.0, error=reason
    )
    with transaction.atomic():
        left = _settle([LaneOutcome(lane=outcome.lane, stopped_by=stopped_by)])
        sent_ids = [message.id for message in sent]
        Message.objects.pending().filter(pk__in=sent_ids).update(maybe_applied=True)
    return left


def _settle(outcomes: Sequence[LaneOutcome]) -> list[LaneOutcome]:
    if not outcomes:
        return []
    by_lane = {outcome.lane.id: outcome for outcome in outcomes}
    with transaction.atomic():
        locked = list(
            Lane.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=by_lane)
        )
        now = database_now()
        mine = [lane for lane in locked if lane.lease_token == by_lane[lane.pk].lane.lease.token]
        settled = [by_lane[lane.pk] for lane in mine]
        write_attempts(settled)
        _write_delivered(settled)
        for lane in mine:
            _take_in(lane, by_lane[lane.pk], now)
        # A statement of its own, after the locks: with the snapshot of the statement that took
        # them, a message committed in between would be missed and its lane never come due.
        ahead = _ahead(mine)
        for lane in mine:
            _release(lane, ahead.get(lane.pk), now)
        write_lanes(mine)
        acknowledged = [outcome.lane.id for outcome in settled if outcome.delivered]
        if acknowledged:
            transaction.on_commit(partial(announce_acknowledged, acknowledged), robust=True)
    for lane in locked:
        if lane not in mine:
            logger.warning("The lease of the lane %s is over; its outcome is dropped.", lane)
    found = {lane.pk for lane in locked}
    return [outcome for lane_id, outcome in by_lane.items() if lane_id not in found]


def _take_in(lane: Lane, outcome: LaneOutcome, now: datetime) -> None:
    """What the outcome says of the lane: the remote's values, the next try, a block."""
    lane.due_at = now
    if outcome.delivered:
        lane.failures = 0
    for delivered in outcome.delivered:
        _acknowledge(lane, delivered)
    if outcome.stopped_by is not None:
        _stop(lane, outcome.stopped_by, now)


def _acknowledge(lane: Lane, delivered: Delivered) -> None:
    request, acknowledgement = delivered.message.request, delivered.acknowledgement
    lane.acknowledged_sequence = request.sequence
    if request.operation == Operation.DELETE:
        lane.external_id, lane.shadow = "", None
        return
    told_id = storable_text(acknowledgement.external_id, LONGEST_EXTERNAL_ID)
    lane.external_id = told_id or lane.external_id
    if acknowledgement.values:
        lane.shadow = storable_json(acknowledgement.values)
    else:
        lane.shadow = (lane.shadow or {}) | dict(request.payload)


def _stop(lane: Lane, undelivered: Undelivered, now: datetime) -> None:
    error = undelivered.error
    if isinstance(error, Misconfigured):
        return  # the destination is paused; the lane stays due
    if isinstance(error, Unavailable):
        # No try is counted. The lane steps back, so that the next probe is another's.
        lane.failures += 1
        lane.due_at = now + timedelta(seconds=hold_backoff(lane.failures))
        if error.maybe_applied:
            Message.objects.filter(pk=undelivered.message.id).update(maybe_applied=True)
        return
    lane.failures += 1
    lane.due_at = now + timedelta(seconds=lane_backoff(lane.failures))
    if _write_failure(undelivered, now) == State.DEAD:
        lane.blocked_by_id = undelivered.message.id
        lane.head_sequence = undelivered.message.request.sequence


def _write_failure(undelivered: Undelivered, now: datetime) -> State:
    """Count the failed try on its message; returns the message's state."""
    error = undelivered.error
    message = Message.objects.select_related("lane").get(pk=undelivered.message.id)
    message.attempts += 1
    message.last_error = storable_text(error.detail, LONGEST_EXCERPT)
    message.maybe_applied |= error.maybe_applied
    closed = closed_seconds(message.lane.destination, now)
    if message.first_failed_at is None:
        message.first_failed_at, message.closed_before = now, closed
    failing_for = (now - message.first_failed_at).total_seconds()
    if isinstance(error, Rejected):
        message.died_of = Death.REFUSED
    elif is_given_up(failing_for - (closed - message.closed_before)):
        message.died_of = Death.EXPIRED
    if message.died_of:
        message.state, message.ended_at = State.DEAD, now
    message.save(
        update_fields=[
            "attempts",
            "last_error",
            "maybe_applied",
            "first_failed_at",
            "closed_before",
            "state",
            "died_of",
            "ended_at",
        ]
    )
    return State(message.state)


def _write_delivered(outcomes: Iterable[LaneOutcome]) -> None:
    delivered = [one.message.id for outcome in outcomes for one in outcome.delivered]
    if delivered:
        Message.objects.filter(pk__in=delivered).update(
            state=State.DELIVERED, ended_at=DatabaseNow(), attempts=F("attempts") + 1
        )


def _ahead(lanes: Iterable[Lane]) -> dict[int, Ahead]:
    rows = (
        Message.objects.pending()
        .filter(lane__in=lanes, sequence__gte=F("lane__head_sequence"))
        .values("lane")
        .annotate(head=Min("sequence"), least=Min("priority"))
        .order_by()
    )
    return {row["lane"]: Ahead(row["head"], row["least"]) for row in rows}


def _release(lane: Lane, ahead: Ahead | None, now: datetime) -> None:
    """Give the lane back, due when there is something to send and nothing in the way."""
    lane.lease_token = None
    if lane.blocked_by_id is not None:
        lane.due_at = None  # until a person decides
    elif ahead is None:
        lane.due_at = None
        lane.head_sequence = lane.last_sequence + 1
    else:
        lane.head_sequence, lane.priority = ahead.head, ahead.priority
    lane.solo = lane.head_sequence <= lane.unknown_through
