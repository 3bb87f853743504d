"""Attempts: what became of each try, kept for those who ask."""

from collections.abc import Iterable

from outbox.connectors.errors import (
    DeliveryError,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from outbox.delivery import Delivered, LaneOutcome, Undelivered
from outbox.models import Attempt, Outcome
from outbox.row_writing import insert_rows
from outbox.storable import storable_text

LONGEST_EXCERPT = 2000  # characters


def write_attempts(outcomes: Iterable[LaneOutcome]) -> None:
    """One row for each try, in the transaction that settles it."""
    attempts = []
    for outcome in outcomes:
        attempts += [_delivered(delivered) for delivered in outcome.delivered]
        if outcome.stopped_by is not None and _is_try(outcome.stopped_by.error):
            attempts.append(_undelivered(outcome.stopped_by))
    insert_rows(attempts)


def _is_try(error: DeliveryError) -> bool:
    """An outage or wrong settings cost a message nothing."""
    return not isinstance(error, Unavailable | Misconfigured)


def _delivered(delivered: Delivered) -> Attempt:
    return Attempt(
        message_id=delivered.message.id,
        number=delivered.message.number,
        started_at=delivered.started_at,
        duration=delivered.duration,
        outcome=Outcome.DELIVERED,
        status=delivered.acknowledgement.status,
        response=storable_text(delivered.acknowledgement.response, LONGEST_EXCERPT),
    )


def _undelivered(undelivered: Undelivered) -> Attempt:
    error = undelivered.error
    if isinstance(error, Rejected):
        outcome = Outcome.REJECTED
    else:
        outcome = Outcome.UNKNOWN if isinstance(error, OutcomeUnknown) else Outcome.RETRY
    return Attempt(
        message_id=undelivered.message.id,
        number=undelivered.message.number,
        started_at=undelivered.started_at,
        duration=undelivered.duration,
        outcome=outcome,
        status=error.status,
        response=storable_text(error.response, LONGEST_EXCERPT),
        error=storable_text(error.detail, LONGEST_EXCERPT),
    )
