"""Sweeping: find due lanes without any help from the queue, which may lose all it holds."""

import logging
from datetime import datetime

from outbox.clock import DatabaseNow, database_now
from outbox.conf import destination_names
from outbox.destinations import state_of
from outbox.models import Lane, Priority
from outbox.wake import wake

logger = logging.getLogger(__name__)


def sweep() -> None:
    """Wake a drain for each destination that has something due."""
    now = database_now()
    for destination in destination_names():
        _arm_forgotten(destination)
        due_at = _next_due_at(destination)
        if due_at is not None and due_at <= now:
            wake(destination)


def overdue_since() -> datetime | None:
    """When the oldest lane that could be sent came due; None where nothing waits."""
    now = database_now()
    due = [_next_due_at(destination) for destination in destination_names()]
    return min((at for at in due if at is not None and at <= now), default=None)


def _next_due_at(destination: str) -> datetime | None:
    """When there will be something to do for the destination; None: nothing to do, or paused."""
    state = state_of(destination)
    if state.is_paused:
        return None
    lanes = Lane.objects.filter(destination=destination, due_at__isnull=False).order_by("due_at")
    # One look into the index for each of its branches, rather than a sort of the backlog.
    firsts = [
        lanes.filter(solo=solo, priority=priority).values_list("due_at", flat=True).first()
        for solo in (False, True)
        for priority in Priority
    ]
    due_at = min((at for at in firsts if at is not None), default=None)
    if due_at is None:
        return None
    return max(due_at, state.held_until) if state.held_until else due_at


def _arm_forgotten(destination: str) -> None:
    forgotten = Lane.objects.forgotten(destination)
    if forgotten.exists():
        armed = forgotten.update(due_at=DatabaseNow())
        logger.error("%s: %s lanes had messages and no due time.", destination, armed)
