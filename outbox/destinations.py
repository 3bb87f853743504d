"""Pausing, holding and resuming a destination as a whole."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from outbox.clock import DatabaseNow, database_now, database_now_in
from outbox.conf import destination as configured
from outbox.models import DestinationState
from outbox.models.lane import LaneQuerySet
from outbox.retry_policy import hold_backoff
from outbox.storable import storable_text
from outbox.wake import wake

logger = logging.getLogger(__name__)

LONGEST_REASON = 2000  # characters

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
    state_of(destination)
    because = storable_text(because, LONGEST_REASON)  # often a remote's words; logged as well
    paused = DestinationState.objects.filter(pk=destination, paused_at=None).update(
        paused_at=DatabaseNow(), paused_by=by, paused_because=because
    )
    if paused:
        logger.warning("%s is paused by %s: %s", destination, by, because)
    return bool(paused)


def resume(destination: str) -> bool:
    """Send again, at once. False where it was neither paused nor held."""
    state_of(destination)
    with transaction.atomic():
        state = DestinationState.objects.select_for_update().get(pk=destination)
        was_closed = state.closed_since is not None
        DestinationState.objects.filter(pk=destination).update(
            closed_seconds=F("closed_seconds") + _closed_for(state, database_now()),
            **NOT_PAUSED,
            **NOT_HELD,
        )
    wake(destination, even_if_asked=True)
    return was_closed


def hold(
    destination: str, *, generation: int, because: str, retry_after: float | None = None
) -> None:
    """It takes nothing from anybody: wait, then let one lane try.

    `generation` is that of the opening under which the failed request was sent: requests that
    failed side by side count once.
    """
    because = storable_text(because, LONGEST_REASON)
    seconds = max(retry_after or 0.0, hold_backoff(generation + 1))
    held = DestinationState.objects.filter(pk=destination, hold_failures=generation).update(
        held_since=Coalesce(F("held_since"), DatabaseNow()),
        held_until=database_now_in(seconds),
        held_because=because,
        hold_failures=F("hold_failures") + 1,
    )
    if held and generation == 0:
        logger.warning("%s is held: %s", destination, because)


def release_hold(destination: str) -> None:
    """It took a message again."""
    with transaction.atomic():
        state = DestinationState.objects.select_for_update().get(pk=destination)
        if state.held_since is None:
            return
        # While it is paused too, the resume counts this time.
        closed_for = 0.0 if state.is_paused else _closed_for(state, database_now())
        DestinationState.objects.filter(pk=destination).update(
            closed_seconds=F("closed_seconds") + closed_for, **NOT_HELD
        )
    logger.warning("%s takes messages again.", destination)


@dataclass(frozen=True, slots=True)
class Opening:
    """How many lanes may be sent now, and the hold that it was asked under."""

    places: int
    generation: int
    is_paused: bool = False


def opening(destination: str, wanted: int, *, due: LaneQuerySet, probe_for: float) -> Opening:
    """None, one as a probe, or as many as wanted. Raises UnknownDestination.

    A probe, for which one of the lanes `due` is there, holds the destination for everybody else
    for `probe_for` seconds.
    """
    state = state_of(destination)
    generation = state.hold_failures
    if state.is_paused:
        return Opening(0, generation, is_paused=True)
    if wanted == 0 or not state.is_held:
        return Opening(wanted, generation)
    waiting = DestinationState.objects.filter(
        pk=destination, held_until=state.held_until, held_until__lte=DatabaseNow()
    )
    if not (waiting.exists() and due.exists()):
        return Opening(0, generation)
    mine = waiting.update(held_until=database_now_in(probe_for))
    return Opening(min(mine, wanted), generation)


def give_back_probe(destination: str, probe: Opening) -> None:
    """The lane that was to probe is not to be had: another may, in a second."""
    DestinationState.objects.filter(
        pk=destination, held_since__isnull=False, hold_failures=probe.generation
    ).update(held_until=database_now_in(1))


def closed_seconds(destination: str, now: datetime) -> float:
    """How long the destination has been paused or held in all; `now` by the database's clock."""
    state = state_of(destination)
    return state.closed_seconds + _closed_for(state, now)


def _closed_for(state: DestinationState, now: datetime) -> float:
    since = state.closed_since
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
