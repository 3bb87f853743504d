"""Settling: write what became of claimed lanes, guarded by the lease's token."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import DataError, IntegrityError, transaction
from django.db.models import F, Min

from outbox.attempts import LONGEST_EXCERPT, write_attempts
from outbox.clock import DatabaseNow
from outbox.conf import DeadHead, Destination
from outbox.conf import destination as configured
from outbox.connectors.base import Operation
from outbox.connectors.errors import (
    DeliveryError,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from outbox.crash_points import crash_point
from outbox.delivery import Delivered, LaneOutcome, Undelivered
from outbox.destinations import closed_seconds, state_of
from outbox.discarding import discard_unwanted
from outbox.divergence import note_acknowledged, note_given_up
from outbox.merging import dissolve, is_merged
from outbox.models import Death, Lane, Message, State
from outbox.retry_policy import hold_backoff, is_given_up, lane_backoff
from outbox.row_writing import write_rows
from outbox.storable import storable_json, storable_text

logger = logging.getLogger(__name__)

LONGEST_EXTERNAL_ID = 200  # characters
#: An outage counts as so many failures of a lane at most.
OUTAGE_FAILURES: Final = 5

#: What settling changes of a lane, and of a message that was not delivered.
_OF_LANE: Final = frozenset(
    (
        "lease_token",
        "due_at",
        "head_sequence",
        "priority",
        "failures",
        "solo",
        "apart_through",
        "blocked_by",
        "external_id",
        "acknowledged_sequence",
        "shadow",
        "diverged",
    )
)
_OF_MESSAGE: Final = (
    "attempts",
    "last_error",
    "maybe_applied",
    "first_failed_at",
    "closed_before",
    "state",
    "died_of",
    "ended_at",
    "merged_payload",
    "delivery_number",
)


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
    crash_point("before_settle")
    by_lane = {outcome.lane.id: outcome for outcome in outcomes}
    with transaction.atomic():
        locked = list(
            Lane.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(pk__in=by_lane)
            .annotate(now=DatabaseNow())
        )
        if not locked:
            return list(outcomes)
        now = max(lane.now for lane in locked)  # type: ignore[attr-defined]
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
        write_rows(mine, _OF_LANE)
        crash_point("before_settle_commits")
    crash_point("after_settle")
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
    elif outcome.refused_in_company and not outcome.delivered:
        lane.failures += 1  # it goes alone: the same batch would be refused for ever


def _acknowledge(lane: Lane, delivered: Delivered) -> None:
    request, acknowledgement = delivered.message.request, delivered.acknowledgement
    lane.acknowledged_sequence = request.sequence
    note_acknowledged(lane, delivered.message.id)
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
    if isinstance(error, Misconfigured):  # the destination is paused; the lane stays due
        if error.maybe_applied:
            Message.objects.filter(pk=undelivered.message.id).update(maybe_applied=True)
        return
    target = configured(lane.destination)
    message = Message.objects.get(pk=undelivered.message.id)
    message.last_error = storable_text(error.detail, LONGEST_EXCERPT)
    message.attempts += not isinstance(error, Unavailable)  # no try is counted
    if _is_of_outage(error, lane.destination):
        # The lane steps back, so that the next probe is another's; but never so far that a failure
        # of its own would have to wait for an outage that is over.
        lane.failures = max(lane.failures, min(lane.failures + 1, OUTAGE_FAILURES))
        seconds = hold_backoff(lane.failures)
    else:
        lane.failures += 1
        seconds = lane_backoff(lane.failures)
    if isinstance(error, Rejected):
        message.maybe_applied = False  # that it was not is definite now
        if error.held is not None:
            lane.shadow = storable_json(error.held)  # so a replay updates it
        elif error.is_gone:
            lane.external_id, lane.shadow = "", None  # so a replay makes it anew
    elif error.maybe_applied:
        message.maybe_applied = True
        seconds = max(seconds, target.endpoint.unclear_for)
    lane.due_at = target.window.next_at(now + timedelta(seconds=seconds))
    if isinstance(error, Rejected) and is_merged(message):
        dissolve(lane, message)
        lane.due_at = now
    elif not isinstance(error, Unavailable):
        _count_failure(message, lane, error, now)
    message.save(update_fields=_OF_MESSAGE)
    if message.state == State.DEAD:
        _hold_up(lane, message, target, now)


def _is_of_outage(error: DeliveryError, destination: str) -> bool:
    """Whether it says nothing of the lane: the destination takes nothing from anybody."""
    if isinstance(error, Unavailable):
        return True
    return not isinstance(error, Rejected) and state_of(destination).is_held


def _count_failure(message: Message, lane: Lane, error: DeliveryError, now: datetime) -> None:
    """It dies where it was refused, or has failed for too long while the destination was open."""
    closed = closed_seconds(lane.destination, now)
    if message.first_failed_at is None:
        message.first_failed_at, message.closed_before = now, closed
    closed_since = closed - message.closed_before
    closed_since += configured(lane.destination).window.closed_seconds(message.first_failed_at, now)
    if isinstance(error, Rejected):
        message.died_of = Death.REFUSED
    elif is_given_up((now - message.first_failed_at).total_seconds() - closed_since):
        message.died_of = Death.EXPIRED
    if message.died_of:
        message.state, message.ended_at = State.DEAD, now


def _hold_up(lane: Lane, dead: Message, target: Destination, now: datetime) -> None:
    """What becomes of the messages behind one that has died."""
    if target.dead_head == DeadHead.SKIP and dead.operation == Operation.UPDATE:
        note_given_up(lane, [dead, *dead.carried.pending()])
        lane.failures, lane.due_at = 0, now
        return
    # Behind a create or a delete nothing else can succeed.
    lane.blocked_by, lane.head_sequence = dead, dead.sequence
    discard_unwanted(lane, dead, now)


def _write_delivered(outcomes: Iterable[LaneOutcome]) -> None:
    delivered = [one.message for outcome in outcomes for one in outcome.delivered]
    if delivered:
        Message.objects.filter(pk__in=[message.id for message in delivered]).update(
            state=State.DELIVERED, ended_at=DatabaseNow(), attempts=F("attempts") + 1
        )
    carriers = [message.id for message in delivered if message.is_carrier]
    if carriers:
        Message.objects.pending().filter(carrier__in=carriers).update(
            state=State.SUPERSEDED, ended_at=DatabaseNow()
        )


def _ahead(lanes: Iterable[Lane]) -> dict[int, Ahead]:
    rows = (
        Message.objects.to_send()
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
