"""Releasing: claimed lanes are given back, due where there is more to send.

Needs a transaction. Only lanes that the drain still holds are given back, by their tokens; lanes
that somebody has locked are passed by.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import F, Min

from outbox.acknowledging import acknowledge, has_news, keep
from outbox.clock import DatabaseNow
from outbox.connectors.base import Operation
from outbox.delivery import LaneOutcome
from outbox.models import Lane, Message
from outbox.row_sets import database_value, rows, rows_sql
from outbox.row_writing import write_rows
from outbox.stopping import stop_at

_FINISHED: Final = {
    "id": "bigint",
    "lease_token": "uuid",
    "sequence": "bigint",
    "external_id": "text",
    "shadow": "jsonb",
    "has_news": "boolean",
}

# `free` has locked its lanes, and looked at them as they are now. IS TRUE: PostgreSQL would read
# the index of leased lanes, which looks small, and is full of leases that are over.
_RELEASE_FINISHED: Final = """
    WITH finished AS (SELECT * FROM {finished}),
    free AS MATERIALIZED (
        SELECT lane.id FROM outbox_lane AS lane JOIN finished ON finished.id = lane.id
        WHERE (lane.lease_token = finished.lease_token) IS TRUE
            AND lane.last_sequence = finished.sequence
            AND lane.blocked_by_id IS NULL AND lane.diverged = '[]'
        {locking}
    )
    UPDATE outbox_lane SET
        lease_token = NULL, due_at = NULL, head_sequence = last_sequence + 1,
        failures = 0, solo = false,
        external_id = COALESCE(finished.external_id, outbox_lane.external_id),
        shadow = finished.shadow,
        acknowledged_sequence = finished.sequence,
        taken_over_sequence = CASE
            WHEN finished.has_news OR taken_over_sequence < acknowledged_sequence
            THEN taken_over_sequence ELSE finished.sequence END
    FROM finished
    WHERE outbox_lane.id = finished.id AND outbox_lane.id IN (SELECT free.id FROM free)
    RETURNING outbox_lane.id
"""
_LOCKING: Final = {"postgresql": "FOR NO KEY UPDATE OF lane SKIP LOCKED", "sqlite": ""}

#: What may change of any other.
_CHANGED: Final = frozenset(
    (
        "lease_token",
        "due_at",
        "head_sequence",
        "priority",
        "failures",
        "solo",
        "apart_through",
        "blocked_by",
        "external_id",
        "acknowledged_sequence",
        "taken_over_sequence",
        "shadow",
        "diverged",
    )
)


def release_finished(outcomes: Iterable[LaneOutcome]) -> set[int]:
    """The lanes that have nothing left to send, and nothing in the way; returns their ids.

    Most often that is all of them, and they need not even be read.
    """
    finished = [lane for outcome in outcomes if (lane := _finished(outcome)) is not None]
    if not finished:
        return set()
    statement = _RELEASE_FINISHED.format(
        finished=rows_sql("finished", _FINISHED), locking=_LOCKING[connection.vendor]
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [rows(finished)])
        return {lane_id for (lane_id,) in cursor.fetchall()}


@dataclass(slots=True)
class _Kept:
    #: None: as it was.
    external_id: str | None = None
    shadow: Any = None


def _finished(outcome: LaneOutcome) -> Mapping[str, Any] | None:
    """The lane as `_FINISHED` has it; None where it has to be read first."""
    if not outcome.delivered or outcome.stopped_by is not None:
        return None
    last, kept = outcome.delivered[-1], _Kept()
    request = last.message.request
    if not last.acknowledgement.values and request.operation != Operation.DELETE:
        return None  # what is sent is added to what was there
    for delivered in outcome.delivered:
        keep(kept, delivered)
    return {
        "id": outcome.lane.id,
        "lease_token": _token(outcome.lane.lease.token),
        "sequence": request.sequence,
        "external_id": kept.external_id,
        "shadow": kept.shadow,
        "has_news": has_news(outcome),
    }


@lru_cache(maxsize=16)
def _token(token: UUID) -> Any:
    """Many lanes have the same."""
    return database_value(Lane, "lease_token", token)


def locked(lane_ids: Collection[int]) -> list[Lane]:
    """Those that nobody else has locked; with the time, as `now`."""
    if not lane_ids:
        return []
    lanes = Lane.objects.filter(pk__in=lane_ids).annotate(now=DatabaseNow())
    return list(lanes.select_for_update(skip_locked=True, no_key=True))


def release(lanes: Sequence[Lane], outcomes: Mapping[int, LaneOutcome]) -> None:
    """Lanes that were locked for it; what was delivered of them is written already."""
    if not lanes:
        return
    now = max(lane.now for lane in lanes)  # type: ignore[attr-defined]
    for lane in lanes:
        _take_in(lane, outcomes[lane.pk], now)
    # A statement of its own, after the locks: with the snapshot of the statement that took them, a
    # message committed in between would be missed and its lane never come due.
    ahead = _ahead(lanes)
    for lane in lanes:
        _release(lane, ahead.get(lane.pk), now)
    write_rows(lanes, _CHANGED)


def _take_in(lane: Lane, outcome: LaneOutcome, now: datetime) -> None:
    """What the outcome says of the lane: the remote's values, the next try, a block."""
    lane.due_at = now
    if outcome.delivered:
        lane.failures = 0
    acknowledge(lane, outcome)
    if outcome.stopped_by is not None:
        stop_at(lane, outcome.stopped_by, now)
    elif outcome.refused_in_company and not outcome.delivered:
        lane.failures += 1  # it goes alone: the same batch would be refused for ever


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What a lane still has to send."""

    head: int
    priority: int


def _ahead(lanes: Iterable[Lane]) -> dict[int, _Ahead]:
    messages = (
        Message.objects.to_send()
        .filter(lane__in=lanes, sequence__gte=F("lane__head_sequence"))
        .values("lane")
        .annotate(head=Min("sequence"), least=Min("priority"))
        .order_by()
    )
    return {row["lane"]: _Ahead(row["head"], row["least"]) for row in messages}


def _release(lane: Lane, ahead: _Ahead | None, now: datetime) -> None:
    """Give the lane back, due when there is something to send and nothing in the way."""
    lane.lease_token = None
    if lane.blocked_by_id is not None:
        lane.due_at = None  # until a person decides
    elif ahead is None:
        lane.due_at = None
        lane.head_sequence = lane.last_sequence + 1
    else:
        lane.head_sequence, lane.priority = ahead.head, ahead.priority
    lane.solo = lane.head_sequence <= lane.unknown_through
