"""Batching: messages of several lanes leave as one request, at most one of each lane."""

import logging
from collections.abc import Sequence

from outbox.connectors.base import Acknowledgement
from outbox.connectors.errors import DeliveryError, OutcomeUnknown, Rejected
from outbox.crash_points import crash_point
from outbox.delivery import Channel, LaneOutcome, Started, look_at_refusal, send
from outbox.leasing import ClaimedLane, ClaimedMessage

logger = logging.getLogger(__name__)

#: The outcome of a lane so far, and the message of it that is to be sent.
Item = tuple[LaneOutcome, ClaimedMessage]


def deliver_together(lanes: Sequence[ClaimedLane], channel: Channel) -> list[LaneOutcome]:
    """Send the first message of each lane, then the second of those that go on, and so forth.

    A lane stops as in `deliver_lane`. Never raises.
    """
    outcomes = [LaneOutcome(lane=lane) for lane in lanes]
    for turn in range(max(len(lane.messages) for lane in lanes)):
        going_on = [
            (outcome, outcome.lane.messages[turn])
            for outcome in outcomes
            if outcome.stopped_by is None
            and len(outcome.delivered) == turn < len(outcome.lane.messages)
        ]
        _send([item for item in going_on if not item[1].maybe_applied], channel)
        for item in going_on:
            if item[1].maybe_applied:  # it may have to be looked up first
                _send([item], channel)
    return outcomes


def _send(items: Sequence[Item], channel: Channel) -> None:
    """A batch that is refused as a whole is halved until what is refused stands alone."""
    if not items:
        return
    if not channel.may_send(items[0][1], *(outcome.lane for outcome, _ in items)):
        return
    if len(items) == 1:
        send(*items[0], channel)
        return
    started = Started.now()
    try:
        results = _deliver(items, channel)
    except Rejected:
        for outcome, _ in items:
            outcome.refused_in_company = True
        half = len(items) // 2
        _send(items[:half], channel)
        _send(items[half:], channel)
        return
    for (outcome, message), result in zip(items, results, strict=True):
        if isinstance(result, Rejected):
            look_at_refusal(message.request, channel.connector, result)
        started.note(outcome, message, result)


def _deliver(items: Sequence[Item], channel: Channel) -> Sequence[Acknowledgement | DeliveryError]:
    """One for each. Raises Rejected where the batch as a whole is refused."""
    try:
        crash_point("before_send")
        results = channel.connector.deliver_batch([message.request for _, message in items])
        crash_point("after_reply")
        if len(results) != len(items):
            raise ValueError(f"{len(results)} outcomes for {len(items)} requests")
        return results
    except Rejected:
        raise
    except DeliveryError as error:
        return [error] * len(items)
    except Exception as error:  # a defect in the connector: what left, and whether, is not known
        logger.exception("The connector failed on a batch of %s.", len(items))
        return [OutcomeUnknown(f"The connector failed: {error!r}")] * len(items)
