"""Looking: what a drain has to know before each claim, asked for at once, without a lock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Exists

from outbox.clock import DatabaseNow, database_now_sql, time_read
from outbox.destinations import state_of
from outbox.models import DestinationState, Lane, Priority


@dataclass(frozen=True, slots=True)
class Look:
    state: DestinationState
    #: By the database's clock.
    at: datetime
    #: Priorities of which lanes can be claimed.
    waiting: Collection[Priority]


def look(destination: str, *, solo: bool) -> Look:
    """For lanes of dead drains, or for all others. Raises UnknownDestination."""
    statement, parameters = _statement(destination, database_now_sql(), solo=solo)
    state: Any = next(iter(DestinationState.objects.raw(statement, parameters)), None)
    if state is None:
        state_of(destination)
        return look(destination, solo=solo)
    waiting = [priority for priority in Priority if getattr(state, _waits(priority))]
    return Look(state, time_read(state.now), waiting)


@cache
def _statement(destination: str, now: str, *, solo: bool) -> tuple[str, tuple[Any, ...]]:
    """With its parameters. Made once: Django takes longer to make it than to run it.

    `now`: how the database is asked for its time, which is part of the statement.
    """
    lanes = Lane.objects.claimable(destination, solo=solo)
    states = DestinationState.objects.filter(pk=destination).annotate(
        now=DatabaseNow(),
        **{_waits(priority): Exists(lanes.filter(priority=priority)) for priority in Priority},
    )
    return states.query.sql_with_params()


def _waits(priority: Priority) -> str:
    return f"waits_{priority.name.lower()}"
