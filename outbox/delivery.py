"""Delivery: send the messages of a claimed lane, in order.

Runs in sender threads, without the ORM.
"""

import logging
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, Self

from outbox.clock import elapsed
from outbox.connectors.base import Acknowledgement, Connector, Operation, Request, id_told
from outbox.connectors.errors import DeliveryError, Failed, OutcomeUnknown, Rejected
from outbox.crash_points import crash_point
from outbox.leasing import ClaimedLane, ClaimedMessage

logger = logging.getLogger(__name__)

#: Statuses of a remote that has no such record (any more).
_GONE: Final = (404, 410)


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
    #: It was in a batch that was refused as a whole.
    refused_in_company: bool = False
    #: Whether what the remote said concerns somebody; None: nobody was asked yet.
    has_news: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """How the requests of a drain leave; shared by its sender threads."""

    connector: Connector
    #: Seconds after its deadline in which a request may still take effect.
    grace: float
    #: When set, nothing more is sent.
    stop: threading.Event
    #: Takes one request off what a rate allows; false where none may be sent now.
    take_one: Callable[[], bool] = lambda: True
    #: Whether so much went wrong that nothing is sent until the drain has taken note of it.
    is_braked: Callable[[], bool] = lambda: False

    @property
    def takes_effect_within(self) -> float:
        """Seconds from its start in which a request has taken effect, or never will."""
        return self.connector.endpoint.deadline + self.grace

    def may_send(self, message: ClaimedMessage, *lanes: ClaimedLane) -> bool:
        """Whether a request with this message, or with such messages of these lanes, may leave."""
        # It may take effect until deadline + grace; nobody else may have the lanes by then.
        needed = self.takes_effect_within
        if message.maybe_applied and not self.connector.endpoint.idempotent:
            needed += self.connector.endpoint.looked_up_within
        time_left = min(lane.lease.time_left() for lane in lanes)
        if self.is_braked():
            return False
        return not self.stop.is_set() and time_left > needed and self.take_one()


def deliver_lane(lane: ClaimedLane, channel: Channel) -> LaneOutcome:
    """Send until a message is not delivered, the lease gets short, or nothing more may be sent.

    Never raises: whatever a connector does is an outcome.
    """
    outcome = LaneOutcome(lane=lane)
    for message in lane.messages:
        if not channel.may_send(message, lane):
            break
        send(outcome, message, channel)
        if outcome.stopped_by is not None:
            break
    return outcome


def send(outcome: LaneOutcome, message: ClaimedMessage, channel: Channel) -> None:
    """Send one message, and write what became of it into the outcome of its lane."""
    started = Started.now()
    try:
        result: Acknowledgement | DeliveryError = _deliver(message, channel)
    except DeliveryError as error:
        result = error
    started.note(outcome, message, result)


@dataclass(frozen=True, slots=True)
class Started:
    """When a request was sent."""

    at: datetime
    by_clock: float  # elapsed

    @classmethod
    def now(cls) -> Self:
        return cls(datetime.now(UTC), elapsed())

    def note(
        self,
        outcome: LaneOutcome,
        message: ClaimedMessage,
        result: Acknowledgement | DeliveryError,
    ) -> None:
        """Write into the outcome of its lane what became of the message."""
        duration = elapsed() - self.by_clock
        if isinstance(result, DeliveryError):
            outcome.stopped_by = Undelivered(
                message=message, started_at=self.at, duration=duration, error=result
            )
        else:
            outcome.delivered.append(
                Delivered(
                    message=message, started_at=self.at, duration=duration, acknowledgement=result
                )
            )


def _deliver(message: ClaimedMessage, channel: Channel) -> Acknowledgement:
    """Raises DeliveryError only."""
    connector = channel.connector
    try:
        if message.maybe_applied and not connector.endpoint.idempotent:
            applied = _if_applied(message, connector)
            if applied is not None:
                return applied
        try:
            crash_point("before_send")
            acknowledgement = connector.deliver(message.request)
            crash_point("after_reply")
            return acknowledgement
        except Rejected as refusal:
            if message.maybe_applied:
                return _settle_refusal(message, channel, refusal)
            look_at_refusal(message.request, connector, refusal)
            raise
    except DeliveryError:
        raise
    except Exception as error:  # a defect in the connector: what left, and whether, is not known
        logger.exception("The connector failed on message %s.", message.id)
        raise OutcomeUnknown(f"The connector failed: {error!r}") from error


def _if_applied(message: ClaimedMessage, connector: Connector) -> Acknowledgement | None:
    """Whether an earlier try was applied, as far as the remote shows; None where it was not.

    Raises Rejected where the record that a create was to make is there and holds other values.
    """
    request = message.request
    held = _look_up(connector, request)
    if request.operation == Operation.DELETE:
        return Acknowledgement() if held is None else None
    if held is None:
        return None
    if _holds(held, request.payload):
        return Acknowledgement(external_id=id_told(held), values=held)
    if request.operation == Operation.CREATE:
        raise Rejected(f"{request.key} is there already, with other values.", held=held)
    return None


def _settle_refusal(
    message: ClaimedMessage, channel: Channel, refusal: Rejected
) -> Acknowledgement:
    """An earlier try may have been applied, and this be refused for that reason: look first."""
    request = message.request
    held = _look_up(channel.connector, request)
    if request.operation == Operation.DELETE:
        is_applied = held is None
    else:
        is_applied = held is not None and _holds(held, request.payload)
    if is_applied:
        return Acknowledgement(
            status=refusal.status,
            external_id=id_told(held or {}),
            values=held or {},
            response=refusal.response,
        )
    if message.failing_for <= channel.takes_effect_within:
        # The earlier try may be at work still.
        raise Failed(refusal.detail, status=refusal.status, response=refusal.response)
    refusal.held = held
    raise refusal


def look_at_refusal(request: Request, connector: Connector, refusal: Rejected) -> None:
    """What the remote holds of a record that it says is there already, or is not there.

    A replay updates what is there, and makes what is not.
    """
    says_there = refusal.conflict and request.operation == Operation.CREATE
    says_gone = refusal.status in _GONE and request.operation == Operation.UPDATE
    if says_there or says_gone:
        with suppress(DeliveryError):  # it is refused, whatever is there
            refusal.held = _look_up(connector, request)
            refusal.is_gone = refusal.held is None


def _look_up(connector: Connector, request: Request) -> Mapping[str, Any] | None:
    """Raises DeliveryError; never Rejected, which would be no verdict on the message."""
    try:
        return connector.look_up(request.collection, request.key, key_field=request.key_field)
    except Rejected as error:
        detail = f"What the remote holds could not be looked up: {error.detail}"
        raise OutcomeUnknown(detail, status=error.status, response=error.response) from error


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
