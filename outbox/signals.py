"""News from the outbox.

Sent after commit; may be lost, and is told again then; carries nothing that cannot be read again.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.dispatch import Signal

from outbox.conf import destination_names
from outbox.models import Lane

logger = logging.getLogger(__name__)

TOLD_AT_ONCE = 200

#: The remote acknowledged something on these lanes. Argument: `lane_ids`, a list of int.
acknowledged = Signal()

#: Whether something that a destination says of a record of this type concerns a receiver.
Concerns = Callable[[str, str, Mapping[str, Any]], bool]
_concerns: list[Concerns] = []


def register(concerns: Concerns) -> None:
    """By who receives `acknowledged`: nobody is told of what concerns nobody."""
    _concerns.append(concerns)


def is_news(destination: str, record_type: str, values: Mapping[str, Any]) -> bool:
    try:
        return any(concerns(destination, record_type, values) for concerns in _concerns)
    except Exception:
        logger.exception("Whether what %s says is news cannot be told.", destination)
        return True  # a defect of a receiver's must not cost the outcome


def announce_acknowledged(lane_ids: Sequence[int]) -> None:
    if lane_ids:
        acknowledged.send_robust(sender=None, lane_ids=list(lane_ids))


def announce_again() -> None:
    """Tell what nobody has taken in: a worker died, or the record was locked."""
    for destination in destination_names():
        untold = Lane.objects.untold().filter(destination=destination)
        announce_acknowledged(list(untold.values_list("pk", flat=True)[:TOLD_AT_ONCE]))


def note_taken_over(lanes: Iterable[Lane]) -> None:
    """The receiver has taken in what these lanes, as they were read, say."""
    seen = {lane.pk: lane.acknowledged_sequence for lane in lanes}
    with transaction.atomic():
        # Those that somebody has locked, or that say more by now, are told of again.
        locked = Lane.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=seen)
        same = [lane.pk for lane in locked if lane.acknowledged_sequence == seen[lane.pk]]
        Lane.objects.filter(pk__in=same).update(taken_over_sequence=F("acknowledged_sequence"))
