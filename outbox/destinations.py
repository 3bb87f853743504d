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
from outbox.models import DestinationState, Message
from outbox.models.lane import LaneQuerySet
from outbox.retry_policy import hold_backoff
from outbox.wake import wake

logger = logging.getLogger(__name__)

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
        stops = [since for since in (state.paused_at, state.held_since) if since is not None]
        if stops:
            _not_counted(destination, min(stops))
        DestinationState.objects.filter(pk=destination).update(**NOT_PAUSED, **NOT_HELD)
    wake(destination, even_if_asked=True)
    return bool(stops)


def hold(
    destination: str, *, generation: int, because: str, retry_after: float | None = None
) -> None:
    """It takes nothing from anybody: wait, then let one lane try.

    `generation` is that of the opening under which the failed request was sent: requests that
    failed side by side count once.
    """
    seconds = hold_backoff(generation + 1) if retry_after is None else max(retry_after, 0.1)
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
        _not_counted(destination, state.held_since)
        DestinationState.objects.filter(pk=destination).update(**NOT_HELD)
    logger.warning("%s takes messages again.", destination)


@dataclass(frozen=True, slots=True)
class Opening:
    """How many lanes may be sent now, and the hold that it was asked under."""

    places: int
    generation: int


def opening(destination: str, wanted: int, *, due: LaneQuerySet, probe_for: float) -> Opening:
    """None, one as a probe, or as many as wanted. Raises UnknownDestination.

    A probe, for which one of the lanes `due` is there, holds the destination for everybody else
    for `probe_for` seconds.
    """
    state = state_of(destination)
    generation = state.hold_failures
    if state.is_paused:
        return Opening(0, generation)
    if not state.is_held:
        return Opening(wanted, generation)
    waiting = DestinationState.objects.filter(
        pk=destination, held_until=state.held_until, held_until__lte=DatabaseNow()
    )
    if not (waiting.exists() and due.exists()):
        return Opening(0, generation)
    mine = waiting.update(held_until=database_now_in(probe_for))
    return Opening(min(mine, wanted), generation)


def _not_counted(destination: str, since: datetime) -> None:
    """An outage costs no message any of its days: those that had failed before it move on."""
    failed = (
        Message.objects.pending()
        .filter(lane__destination=destination, first_failed_at__isnull=False)
        .select_for_update(skip_locked=True, of=("self",))  # those locked are being settled
    )
    Message.objects.filter(pk__in=[message.pk for message in failed]).update(
        first_failed_at=F("first_failed_at") + (database_now() - since)
    )
