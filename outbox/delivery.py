"""Delivery: send the messages of a claimed lane, in order.

Runs in sender threads, without the ORM.
"""

import logging
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from outbox.claiming import ClaimedLane, ClaimedMessage
from outbox.clock import elapsed
from outbox.connectors.base import Acknowledgement, Connector, Operation
from outbox.connectors.errors import DeliveryError, Failed, OutcomeUnknown, Rejected

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A message that the remote acknowledged."""

    message: ClaimedMessage
    started_at: datetime
    duration: float  # seconds
    acknowledgement: Acknowledgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A message that was not acknowledged, and why."""

    message: ClaimedMessage
    started_at: datetime
    duration: float  # seconds
    error: DeliveryError


@dataclass(slots=True, kw_only=True)
class LaneOutcome:
    """What became of a claimed lane: what was delivered, and what stopped it, if anything did."""

    lane: ClaimedLane
    delivered: list[Delivered] = field(default_factory=list)
    stopped_by: Undelivered | None = None


def deliver_lane(
    lane: ClaimedLane, connector: Connector, *, grace: float, stop: threading.Event
) -> LaneOutcome:
    """Send until a message is not delivered, the lease gets short, or `stop` is set.

    Never raises: whatever a connector does is an outcome.
    """
    outcome = LaneOutcome(lane=lane)
    for message in lane.messages:
        # A request may take effect until deadline + grace; nobody else may have the lane by then.
        takes_effect_within = connector.endpoint.deadline + grace
        if stop.is_set() or lane.lease.time_left() <= takes_effect_within:
            break
        started_at, started = datetime.now(UTC), elapsed()
        try:
            acknowledgement = _deliver(message, connector, takes_effect_within)
        except DeliveryError as error:
            outcome.stopped_by = Undelivered(
                message=message,
                started_at=started_at,
                duration=elapsed() - started,
                error=error,
            )
            break
        outcome.delivered.append(
            Delivered(
                message=message,
                started_at=started_at,
                duration=elapsed() - started,
                acknowledgement=acknowledgement,
            )
        )
    return outcome


def _deliver(
    message: ClaimedMessage, connector: Connector, takes_effect_within: float
) -> Acknowledgement:
    """Raises DeliveryError only."""
    try:
        try:
            return connector.deliver(message.request)
        except Rejected as refusal:
            if refusal.conflict and message.maybe_applied:
                return _settle_conflict(message, connector, refusal, takes_effect_within)
            raise
    except DeliveryError:
        raise
    except Exception as error:  # a defect in the connector: what left, and whether, is not known
        logger.exception("The connector failed on message %s.", message.id)
        raise OutcomeUnknown(f"The connector failed: {error!r}") from error


def _settle_conflict(
    message: ClaimedMessage, connector: Connector, refusal: Rejected, takes_effect_within: float
) -> Acknowledgement:
    """An earlier try may have caused the conflict by having been applied: look first."""
    request = message.request
    held = connector.look_up(request.collection, request.key)
    if request.operation == Operation.DELETE:
        is_applied = held is None
    else:
        is_applied = held is not None and _holds(held, request.payload)
    if is_applied:
        return Acknowledgement(
            status=refusal.status,
            external_id=str((held or {}).get("id", "")),
            values=held or {},
            response=refusal.response,
        )
    if message.failing_for <= takes_effect_within:
        # The earlier try may be at work still, and the conflict be its own.
        raise Failed(refusal.detail, status=refusal.status, response=refusal.response)
    raise refusal


def _holds(held: Any, sent: Any) -> bool:
    """Whether the remote holds what was sent; more fields than we sent are fine."""
    if isinstance(sent, Mapping):
        return isinstance(held, Mapping) and all(
            _holds(held.get(name), value) for name, value in sent.items()
        )
    return bool(held == sent) or _is_same_number(held, sent)


#: As a system writes a number; "007" is a text.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


def _is_same_number(held: Any, sent: Any) -> bool:
    """18.0000 and 18.00 are one number, written by two systems."""
    texts = [str(held), str(sent)]
    if isinstance(held, bool) or not all(map(_NUMBER.fullmatch, texts)):
        return False
    return Decimal(texts[0]) == Decimal(texts[1])
