"""Pausing and resuming a destination as a whole; for how long it was closed."""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from outbox.clock import DatabaseNow, database_now, database_now_in
from outbox.conf import destination as configured
from outbox.models import DestinationState
from outbox.storable import storable_text
from outbox.wake import wake

logger = logging.getLogger(__name__)

LONGEST_REASON = 2000  # characters
#: Who pauses a destination when no person does.
OUTBOX = "outbox"
#: For so long after a person let it go on, seconds, a destination may refuse as many records as it
#: likes.
BELIEVED_FOR = 3600.0

NOT_PAUSED: dict[str, Any] = {"paused_at": None, "paused_by": "", "paused_because": ""}
NOT_HELD: dict[str, Any] = {
    "held_since": None,
    "held_until": None,
    "held_because": "",
    "hold_failures": 0,
}


def state_of(destination: str) -> DestinationState:
    """Raises UnknownDestination."""
    configured(destination)
    state = DestinationState.objects.filter(pk=destination).first()
    return state or DestinationState.objects.get_or_create(pk=destination)[0]


def pause(destination: str, *, by: str, because: str) -> bool:
    """Send nothing more until somebody resumes. False where it was paused already."""
    return _pause(destination, by=by, because=because, refusals_believed_until=None)


def pause_for_refusals(destination: str, *, because: str) -> bool:
    """It refuses everything, which says more of our settings than of the records."""
    now = DatabaseNow()
    return _pause(destination, by=OUTBOX, because=because, refusals_believed_until=now)


def _pause(destination: str, *, by: str, because: str, **values: Any) -> bool:
    state_of(destination)
    because = storable_text(because, LONGEST_REASON)  # often a remote's words; logged as well
    paused = DestinationState.objects.filter(pk=destination, paused_at=None).update(
        paused_at=DatabaseNow(), paused_by=by, paused_because=because, **values
    )
    if paused:
        logger.warning("%s is paused by %s: %s", destination, by, because)
    return bool(paused)


def is_doubted(destination: str) -> bool:
    """Whether it is paused because it refused everything."""
    return DestinationState.objects.filter(
        pk=destination, paused_at__isnull=False, refusals_believed_until__isnull=False
    ).exists()


def believes_refusals(destination: str) -> bool:
    """Whether a person has looked at the refusals and let it go on."""
    return DestinationState.objects.filter(
        pk=destination, refusals_believed_until__gt=DatabaseNow()
    ).exists()


def resume(destination: str) -> bool:
    """Send again, at once. False where it was neither paused nor held."""
    state_of(destination)
    with transaction.atomic():
        state = DestinationState.objects.select_for_update().get(pk=destination)
        was_closed = state.closed_since is not None
        was_doubted = state.refusals_believed_until is not None and state.is_paused
        DestinationState.objects.filter(pk=destination).update(
            closed_seconds=F("closed_seconds") + closed_for(state, database_now()),
            refusals_believed_until=database_now_in(BELIEVED_FOR) if was_doubted else None,
            **NOT_PAUSED,
            **NOT_HELD,
        )
    wake(destination, even_if_asked=True)
    return was_closed


def closed_seconds(destination: str, now: datetime) -> float:
    """How long the destination has been paused or held in all; `now` by the database's clock."""
    state = state_of(destination)
    return state.closed_seconds + closed_for(state, now)


def closed_for(state: DestinationState, now: datetime) -> float:
    """Seconds that the present closure has lasted; 0 where it is open."""
    since = state.closed_since
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
