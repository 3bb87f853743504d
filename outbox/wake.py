"""Waking workers. A wake-up is a hint: when it is lost, the sweep finds the work."""

import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django_q.tasks import async_task

from outbox.clock import DatabaseNow, database_now_in, database_now_in_sql, elapsed
from outbox.crash_points import crash_point
from outbox.models import WakeRequest

logger = logging.getLogger(__name__)

#: A wake-up that nobody took for so long is asked for again.
ASK_AGAIN_AFTER = 5.0
#: After the broker failed, edits do not wait for it again for so long.
QUIET_AFTER_FAILURE = 5.0

_quiet_until = 0.0


def wake_after_commit(destination: str) -> None:
    """Ask for a drain of the destination once the present transaction has committed."""
    # Registered for every edit: a rolled-back savepoint takes its registrations with it.
    # No partial: Django's report of a callback that failed would fail, for want of its name.
    transaction.on_commit(lambda: wake(destination), robust=True)


def wake(destination: str, *, even_if_asked: bool = False) -> None:
    """Ask for a drain, unless somebody just did. Never raises for a queue that is away."""
    global _quiet_until
    crash_point("before_wake")
    if elapsed() < _quiet_until and not even_if_asked:
        return
    try:
        if _is_first_to_ask(destination) or even_if_asked:
            # By name: a process that works on another queue would put it there.
            async_task("outbox.tasks.drain", destination, cluster=settings.QUEUE_NAME)
            crash_point("after_wake")
    except Exception as error:  # noqa: BLE001  whatever a broker raises; the edit is committed
        _quiet_until = elapsed() + QUIET_AFTER_FAILURE
        logger.warning("No worker could be woken for %s: %s", destination, error)


def take_wake_request(destination: str) -> None:
    """A drain starts: edits from now on must wake another, since this one may not see them."""
    try:
        WakeRequest.objects.filter(destination=destination, requested_at__isnull=False).update(
            requested_at=None
        )
    except DatabaseError as error:
        logger.warning("The wake request of %s was not taken: %s", destination, error)


def _is_first_to_ask(destination: str) -> bool:
    if _was_asked_lately(destination):
        return False
    stale = Q(requested_at=None) | Q(requested_at__lt=database_now_in(-ASK_AGAIN_AFTER))
    values: dict[str, Any] = {"requested_at": DatabaseNow()}
    if WakeRequest.objects.filter(stale, destination=destination).update(**values):
        return True
    _, created = WakeRequest.objects.get_or_create(destination=destination, defaults=values)
    return created


def _was_asked_lately(destination: str) -> bool:
    """Most edits find that somebody has: they write nothing and wait for no lock."""
    asked = "SELECT 1 FROM outbox_wakerequest WHERE destination = %s AND requested_at >= "
    with connection.cursor() as cursor:
        cursor.execute(asked + database_now_in_sql(), [destination, -ASK_AGAIN_AFTER])
        return cursor.fetchone() is not None
