"""Stopping: what becomes of a message that was not delivered, and of what waits behind it."""

from datetime import datetime, timedelta
from typing import Final

from outbox.attempts import LONGEST_EXCERPT
from outbox.conf import DeadHead, Destination
from outbox.conf import destination as configured
from outbox.connectors.base import Operation
from outbox.connectors.errors import DeliveryError, Misconfigured, Rejected, Unavailable
from outbox.delivery import Undelivered
from outbox.destinations import closed_seconds, state_of
from outbox.discarding import discard_unwanted
from outbox.divergence import note_given_up
from outbox.merging import dissolve, is_merged
from outbox.models import Death, Lane, Message, State
from outbox.retry_policy import hold_backoff, is_given_up, lane_backoff
from outbox.storable import storable_json, storable_text

#: An outage counts as so many failures of a lane at most.
OUTAGE_FAILURES: Final = 5

#: What changes of the message.
_CHANGED: Final = (
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


def stop_at(lane: Lane, undelivered: Undelivered, now: datetime) -> None:
    """Write the message, and change the lane, which the caller writes."""
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
    message.save(update_fields=_CHANGED)
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
