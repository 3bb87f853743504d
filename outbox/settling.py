"""Settling: write what became of claimed lanes, guarded by the lease's token."""

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from django.db import DataError, IntegrityError, connection, transaction

from outbox.attempts import write_attempts
from outbox.clock import DatabaseNow, database_now_sql
from outbox.connectors.errors import OutcomeUnknown
from outbox.crash_points import crash_point
from outbox.delivery import LaneOutcome, Undelivered
from outbox.models import Message, State
from outbox.releasing import locked, release, release_finished
from outbox.row_sets import among, among_sql

logger = logging.getLogger(__name__)

#: What comes of a value that cannot be kept; the last, of one in which lists are nested too deep.
_ODD: Final = (DataError, IntegrityError, ValueError, TypeError, RecursionError)


def settle(outcomes: Sequence[LaneOutcome]) -> list[LaneOutcome]:
    """Write the outcomes in one transaction; returns those to try again, their lanes being locked.

    An outcome whose lease has passed on is dropped: the drain that has the lane now repeats the
    requests with the same keys.
    """
    try:
        return _settle(outcomes)
    except _ODD as error:
        logger.error("An outcome cannot be written: %s", error)
    left: list[LaneOutcome] = []
    for outcome in outcomes:  # one by one: an odd one takes no other along
        try:
            left += _settle([outcome])
        except _ODD as error:
            left += _settle_unwritable(outcome, error)
    return left


def _settle_unwritable(outcome: LaneOutcome, error: Exception) -> list[LaneOutcome]:
    """Nothing of it can be kept but which messages were sent: they may have been applied."""
    sent = [delivered.message for delivered in outcome.delivered]
    if outcome.stopped_by is not None:
        sent.append(outcome.stopped_by.message)
    if not sent:
        raise error  # nothing odd came from the remote
    reason = OutcomeUnknown(f"What the remote answered cannot be kept: {type(error).__name__}.")
    stopped_by = Undelivered(
        message=sent[0], started_at=datetime.now(UTC), duration=0.0, error=reason
    )
    with transaction.atomic():
        left = _settle([LaneOutcome(lane=outcome.lane, stopped_by=stopped_by)])
        sent_ids = [message.id for message in sent]
        Message.objects.pending().filter(pk__in=sent_ids).update(maybe_applied=True)
    return left


def _settle(outcomes: Sequence[LaneOutcome]) -> list[LaneOutcome]:
    if not outcomes:
        return []
    crash_point("before_settle")
    by_lane = {outcome.lane.id: outcome for outcome in outcomes}
    with transaction.atomic():
        finished = release_finished(by_lane.values())
        others = locked([lane_id for lane_id in by_lane if lane_id not in finished])
        mine = [lane for lane in others if lane.lease_token == by_lane[lane.pk].lane.lease.token]
        found = finished | {lane.pk for lane in others}
        held = finished | {lane.pk for lane in mine}
        settled = [outcome for lane_id, outcome in by_lane.items() if lane_id in held]
        write_attempts(settled)
        _write_delivered(settled)
        release(mine, by_lane)
        crash_point("before_settle_commits")
    crash_point("after_settle")
    for lane in others:
        if lane.pk not in held:
            logger.warning("The lease of the lane %s is over; its outcome is dropped.", lane)
    return [outcome for lane_id, outcome in by_lane.items() if lane_id not in found]


_DELIVERED = """
    UPDATE outbox_message SET state = 'delivered', ended_at = {now}, attempts = attempts + 1
    WHERE id {among}
"""


def _write_delivered(outcomes: Iterable[LaneOutcome]) -> None:
    delivered = [one.message for outcome in outcomes for one in outcome.delivered]
    if delivered:
        statement = _DELIVERED.format(now=database_now_sql(), among=among_sql())
        with connection.cursor() as cursor:
            cursor.execute(statement, [among(message.id for message in delivered)])
    carriers = [message.id for message in delivered if message.is_carrier]
    if carriers:
        Message.objects.pending().filter(carrier__in=carriers).update(
            state=State.SUPERSEDED, ended_at=DatabaseNow()
        )
