"""Retention: messages that have ended are deleted after a while, with their attempts.

What was edited stays in the change log, what the remote acknowledged on the lane.
"""

from datetime import datetime, timedelta
from math import inf
from typing import Final

from django.db import connection, transaction
from django.db.models import BooleanField, Exists, OuterRef
from django.db.models.expressions import RawSQL
from django_q.models import Task

from outbox.clock import database_now, elapsed
from outbox.conf import outbox_conf
from outbox.models import Attempt, Lane, Message, State
from outbox.models.message import MessageQuerySet
from outbox.pacing import Pace

#: Messages that one transaction deletes, at most.
AT_ONCE: Final = 1000
#: Seconds that a worker spends on it each minute: its supervisor has more to do.
TURN: Final = 1.0

# As the index `message_ended` has it: SQLite compares the words, and parameters are other words.
_HAS_ENDED = RawSQL(
    "state IN ('delivered', 'superseded', 'discarded')", [], output_field=BooleanField()
)


def purge(*, keep: float, seconds: float = inf) -> int:
    """Delete what ended more than `keep` seconds ago, the oldest first; returns how many messages.

    Goes on until nothing is left, or for so many `seconds`. Others may do the same meanwhile.
    """
    ends_at = elapsed() + seconds
    before = database_now() - timedelta(seconds=keep)
    pace, purged = Pace(most=AT_ONCE), 0
    while some := _purge_some(before, pace):
        purged += some
        if elapsed() >= ends_at:
            break
        pace.make_room()
    return purged


def purge_in_turn() -> None:
    """What each worker does every minute."""
    purge(keep=outbox_conf().keep, seconds=TURN)


def forget_failed_tasks() -> None:
    """Likewise: django-q2 keeps them for ever. Those that succeed are not kept at all."""
    before = database_now() - timedelta(seconds=outbox_conf().keep)
    tasks = Task.objects.filter(stopped__lt=before).order_by().values_list("pk", flat=True)
    if ids := list(tasks[:AT_ONCE]):
        Task.objects.filter(pk__in=ids).delete()


def to_purge(before: datetime) -> MessageQuerySet:
    """Messages that ended before then, by the database's clock, and that nothing open needs."""
    carried = Message.objects.filter(
        carrier=OuterRef("pk"), state__in=[State.PENDING, State.DEAD]
    ).order_by()
    blocked = Lane.objects.filter(blocked_by=OuterRef("pk"))
    return Message.objects.filter(
        _HAS_ENDED, ~Exists(carried), ~Exists(blocked), ended_at__lt=before
    )


def _purge_some(before: datetime, pace: Pace) -> int:
    # In order, though one would do: PostgreSQL would look for any of them in any way.
    oldest = to_purge(before).order_by("ended_at").values_list("pk", flat=True)
    if not oldest[:1]:  # most often; a read takes no lock
        return 0
    with transaction.atomic():
        pace.start()
        ids = list(oldest.select_for_update(skip_locked=True)[: pace.rows])
        Attempt.objects.filter(message__in=ids).delete()
        # Messages that travelled with these, and whose turn comes with the next transaction.
        Message.objects.filter(carrier__in=ids).exclude(pk__in=ids).update(carrier=None)
        # Not by `delete()`, which would read all rows, and those that might refer to them.
        Message.objects.filter(pk__in=ids)._raw_delete(connection.alias)
    pace.stop(len(ids))
    return len(ids)
