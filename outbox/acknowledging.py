"""Acknowledging: what the remote said of a record, kept on its lane."""

from typing import Any, Protocol

from outbox.connectors.base import Operation
from outbox.delivery import Delivered, LaneOutcome
from outbox.divergence import note_acknowledged
from outbox.models import Lane
from outbox.signals import is_news
from outbox.storable import storable_json, storable_text

LONGEST_EXTERNAL_ID = 200  # characters


class Kept(Protocol):
    """What is kept of it."""

    external_id: Any
    shadow: Any


def keep(kept: Kept, delivered: Delivered) -> None:
    """The remote's id for the record, and its values."""
    request, acknowledgement = delivered.message.request, delivered.acknowledgement
    if request.operation == Operation.DELETE:
        kept.external_id, kept.shadow = "", None
        return
    told_id = storable_text(acknowledgement.external_id, LONGEST_EXTERNAL_ID)
    kept.external_id = told_id or kept.external_id
    if acknowledgement.values:
        kept.shadow = storable_json(acknowledgement.values)
    else:
        kept.shadow = (kept.shadow or {}) | dict(request.payload)


def acknowledge(lane: Lane, outcome: LaneOutcome) -> None:
    """Everything of the outcome that was delivered."""
    for delivered in outcome.delivered:
        keep(lane, delivered)
        note_acknowledged(lane, delivered.message.id)
        is_told = lane.taken_over_sequence == lane.acknowledged_sequence
        lane.acknowledged_sequence = delivered.message.request.sequence
        if is_told and not has_news(outcome):
            lane.taken_over_sequence = lane.acknowledged_sequence


def has_news(outcome: LaneOutcome) -> bool:
    """Whether the remote said anything that concerns somebody here; asked once."""
    if outcome.has_news is None:
        lane = outcome.lane
        outcome.has_news = any(
            is_news(lane.destination, lane.record_type, delivered.acknowledgement.values)
            for delivered in outcome.delivered
        )
    return outcome.has_news
