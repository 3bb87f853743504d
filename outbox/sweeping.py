"""Sweeping: find due lanes without any help from the queue, which may lose all it holds."""

import logging
from datetime import datetime

from outbox.clock import DatabaseNow, database_now
from outbox.conf import destination_names, window_of
from outbox.destinations import state_of
from outbox.heartbeat import is_drained
from outbox.models import Lane, Priority
from outbox.wake import take_wake_request, wake

logger = logging.getLogger(__name__)

#: Seconds for which work may be due without a drain.
NOBODY_COMES_AFTER = 10.0


def sweep() -> None:
    """Wake a drain for each destination that has something due."""
    now = database_now()
    for destination in destination_names():
        _arm_forgotten(destination)
        due_at = _next_due_at(destination, now)
        if due_at is not None and due_at <= now:
            if (now - due_at).total_seconds() > NOBODY_COMES_AFTER and not is_drained(destination):
                # Edits ask again and again, and so keep us from asking; but nobody hears them.
                take_wake_request(destination)
            wake(destination)


def overdue_since() -> datetime | None:
    """When the oldest lane that could be sent came due; None where nothing waits."""
    now = database_now()
    due = [_next_due_at(destination, now) for destination in destination_names()]
    return min((at for at in due if at is not None and at <= now), default=None)


def _next_due_at(destination: str, now: datetime) -> datetime | None:
    """When there will be something to do for the destination; None: nothing to do, or paused."""
    state, window = state_of(destination), window_of(destination)
    if state.is_paused:
        return None
    lanes = Lane.objects.filter(destination=destination, due_at__isnull=False).order_by("due_at")
    # One look into the index for each of its branches, rather than a sort of the backlog.
    firsts = [
        lanes.is_solo(solo=solo).filter(priority=priority).values_list("due_at", flat=True).first()
        for solo in (False, True)
        for priority in Priority
    ]
    due_at = min((at for at in firsts if at is not None), default=None)
    if due_at is None:
        return None
    if state.held_until is not None:
        due_at = max(due_at, state.held_until)
    return due_at if window.is_open(now) else window.next_at(max(due_at, now))


def _arm_forgotten(destination: str) -> None:
    forgotten = Lane.objects.forgotten(destination)
    # In order, though one would do: PostgreSQL expects many of them, and would read the table
    # until it finds one.
    if forgotten.order_by("head_sequence").values_list("pk", flat=True)[:1]:
        armed = forgotten.update(due_at=DatabaseNow())
        logger.error("%s: %s lanes had messages and no due time.", destination, armed)
