"""Delivery: send the messages of a claimed lane, in order.

Runs in sender threads, without the ORM.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from outbox.claiming import ClaimedLane, ClaimedMessage
from outbox.clock import elapsed
from outbox.connectors.base import Acknowledgement, Connector, Request
from outbox.connectors.errors import DeliveryError, OutcomeUnknown, Rejected

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


def deliver_lane(lane: ClaimedLane, connector: Connector, *, grace: float) -> LaneOutcome:
    """Send until a message is not delivered, or the lease gets short. Never raises."""
    outcome = LaneOutcome(lane=lane)
    for message in lane.messages:
        # A request may take effect until deadline + grace; nobody else may have the lane by then.
        if lane.lease.time_left() <= connector.endpoint.deadline + grace:
            break
        started_at, started = datetime.now(UTC), elapsed()
        try:
            acknowledgement = _deliver(message, connector)
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


def _deliver(message: ClaimedMessage, connector: Connector) -> Acknowledgement:
    try:
        return connector.deliver(message.request)
    except Rejected as error:
        if error.conflict and message.maybe_applied:
            return _acknowledge_if_applied(message.request, connector, error)
        raise
    except DeliveryError:
        raise
    except Exception as error:  # a defect in the connector: what left, and whether, is not known
        logger.exception("The connector failed on message %s.", message.id)
        raise OutcomeUnknown(f"The connector failed: {error!r}") from error


def _acknowledge_if_applied(
    request: Request, connector: Connector, refusal: Rejected
) -> Acknowledgement:
    """An earlier try may have caused the conflict by having been applied: look first."""
    held = connector.look_up(request.collection, request.key)
    if held is not None and _holds(held, request.payload):
        return Acknowledgement(
            status=refusal.status,
            external_id=str(held.get("id", "")),
            values=held,
            response=refusal.response,
        )
    raise refusal


def _holds(held: Any, sent: Any) -> bool:
    """Whether the remote holds what was sent; more fields than we sent are fine."""
    if isinstance(sent, Mapping):
        return isinstance(held, Mapping) and all(
            _holds(held.get(name), value) for name, value in sent.items()
        )
    return bool(held == sent) or _is_same_number(held, sent)


def _is_same_number(held: Any, sent: Any) -> bool:
    """18.0000 and 18.00 are one number, written by two systems."""
    try:
        return Decimal(str(held)) == Decimal(str(sent))
    except InvalidOperation:
        return False
