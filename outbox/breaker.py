"""The breaker: while a destination takes nothing from anybody, one lane at a time tries.

When it opens, `streaks.py` says. Each probe is another lane's. When one has got through, more and
more are sent at once. All of it is in the database, written when it changes: no hot row.
"""

import logging
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from outbox.clock import DatabaseNow, database_now, database_now_in
from outbox.conf import destination as configured
from outbox.destinations import LONGEST_REASON, NOT_HELD, closed_for, state_of
from outbox.looking import Look, look
from outbox.models import DestinationState
from outbox.retry_policy import hold_backoff
from outbox.storable import storable_text

logger = logging.getLogger(__name__)

#: After an outage twice as much is sent at once every so many seconds.
RAMP_STEP: Final = 1.0


@dataclass(frozen=True, slots=True)
class Opening:
    """How many lanes may be sent now, and the hold that it was asked under."""

    places: int
    generation: int
    seen: Look
    is_closed: bool = False

    @property
    def is_probe(self) -> bool:
        return self.generation > 0


def opening(
    destination: str, wanted: int, *, under_way: int = 0, solo: bool = False, probe_for: float
) -> Opening:
    """None, one as a probe, or as many as wanted. Raises UnknownDestination.

    A probe, for which there is a lane that can be claimed, holds the destination for everybody
    else for `probe_for` seconds.
    """
    seen = look(destination, solo=solo)
    state = seen.state
    generation = state.hold_failures
    if state.is_paused or not configured(destination).window.is_open(seen.at):
        return Opening(0, generation, seen, is_closed=True)
    if not state.is_held:
        since = (seen.at - state.recovered_at).total_seconds() if state.recovered_at else None
        return Opening(min(wanted, max(0, _at_once(since) - under_way)), generation, seen)
    waiting = DestinationState.objects.filter(
        pk=destination, held_until=state.held_until, held_until__lte=DatabaseNow()
    )
    if wanted == 0 or not (seen.waiting and waiting.exists()):
        return Opening(0, generation, seen)
    mine = waiting.update(held_until=database_now_in(probe_for))
    return Opening(min(mine, wanted), generation, seen)


def give_back_probe(destination: str, probe: Opening) -> None:
    """The lane that was to probe is not to be had: another may, in a second."""
    DestinationState.objects.filter(
        pk=destination, held_since__isnull=False, hold_failures=probe.generation
    ).update(held_until=database_now_in(1))


def hold(
    destination: str, *, generation: int, because: str, retry_after: float | None = None
) -> None:
    """It takes nothing from anybody: wait, then let one lane try.

    `generation` is that of the opening under which the failed request was sent: requests that
    failed side by side count once.
    """
    because = storable_text(because, LONGEST_REASON)
    seconds = max(retry_after or 0.0, hold_backoff(generation + 1))
    state_of(destination)
    held = DestinationState.objects.filter(pk=destination, hold_failures=generation).update(
        held_since=Coalesce(F("held_since"), DatabaseNow()),
        held_until=database_now_in(seconds),
        held_because=because,
        hold_failures=F("hold_failures") + 1,
    )
    if held and generation == 0:
        logger.warning("%s is held: %s", destination, because)


def release_hold(destination: str) -> None:
    """It answered again."""
    with transaction.atomic():
        state = DestinationState.objects.select_for_update().get(pk=destination)
        if state.held_since is None:
            return
        # From a pause on, the resume counts the time.
        closed = max(0.0, closed_for(state, state.paused_at or database_now()))
        DestinationState.objects.filter(pk=destination).update(
            closed_seconds=F("closed_seconds") + closed, recovered_at=DatabaseNow(), **NOT_HELD
        )
    logger.warning("%s takes messages again.", destination)


def _at_once(since_recovery: float | None) -> int:
    """How many lanes may be under way so many seconds after an outage."""
    if since_recovery is None or since_recovery > 20 * RAMP_STEP:
        return 2**20
    return int(2 ** max(0, since_recovery // RAMP_STEP))
