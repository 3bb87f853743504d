"""Leasing: lanes are given to one drain, with what is to be sent of them.

A lane is leased by a token and an end, in the database's time. While leased, its `due_at` is the
lease's end, so a lane whose drain died comes due like any other, and is known by its token.
"""

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple

from django.db import connection, transaction

from outbox.clock import database_now_in_sql, database_now_sql, elapsed, time_read
from outbox.conf import outbox_conf
from outbox.connectors.base import Operation, Request
from outbox.crash_points import crash_point
from outbox.merging import MOST, Shipment, Waiting, shipments, write_merged
from outbox.models import Lane, Priority
from outbox.models.lane import LaneQuerySet
from outbox.row_sets import among, among_sql, database_value
from outbox.row_writing import write_values


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    token: uuid.UUID
    #: When it ends, on this host's own clock, counted from before the claim was asked for.
    ends_at: float

    def time_left(self) -> float:
        """Seconds."""
        return self.ends_at - elapsed()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedMessage:
    id: uuid.UUID
    number: int  # of the next attempt
    maybe_applied: bool
    #: Whether others end with it.
    is_carrier: bool
    #: Seconds since its first failed try; 0 where none failed.
    failing_for: float
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedLane:
    """A lane and the messages to send, in order. Plain values: sender threads use no ORM."""

    id: int
    destination: str
    record_type: str
    lease: Lease
    messages: Sequence[ClaimedMessage]
    is_bulk: bool = False
    #: Not to be sent together with others: its last try failed, or its drain died.
    is_alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Lanes that wait for the same senders."""

    destination: str
    #: None: of any.
    priority: Priority | None = None
    #: Of dead drains.
    is_solo: bool = False
    #: Whether their last try failed; None: either way.
    is_failing: bool | None = None
    #: Messages of each lane that leave under one lease.
    depth: int
    merge: bool = False

    @property
    def reach(self) -> int:
        """Messages of each lane that are looked at."""
        return MOST if self.merge else self.depth

    def due(self) -> LaneQuerySet:
        """Those that can be claimed, in order."""
        lanes = Lane.objects.claimable(self.destination, solo=self.is_solo).order_by("due_at")
        if self.priority is not None:
            lanes = lanes.filter(priority=self.priority)
        if self.is_failing is not None:
            lanes = lanes.filter(failures__gt=0) if self.is_failing else lanes.filter(failures=0)
        return lanes


# Chosen, locked and leased by one statement. MATERIALIZED: or PostgreSQL may choose once more.
_LEASE: Final = """
    WITH due AS MATERIALIZED ({due})
    UPDATE outbox_lane SET lease_token = %s, due_at = {end}, claimed_through = CASE
        WHEN last_sequence - head_sequence < %s THEN last_sequence ELSE head_sequence + %s END
    WHERE id IN (SELECT due.id FROM due)
    RETURNING {columns}
"""

_LOCKING: Final = {"postgresql": "FOR NO KEY UPDATE SKIP LOCKED", "sqlite": ""}

_TO_SEND: Final = """
    SELECT {columns}
    FROM outbox_message AS message JOIN outbox_lane AS lane ON lane.id = message.lane_id
    WHERE message.lane_id {among} AND message.state = 'pending' AND message.carrier_id IS NULL
        AND message.sequence BETWEEN lane.head_sequence AND lane.claimed_through
    ORDER BY message.lane_id, message.sequence
"""


class _Leased(NamedTuple):
    """What a claim returns of a lane."""

    id: int
    destination: str
    record_type: str
    key: str
    apart_through: int
    failures: int
    external_id: str


def lease(line: Line, limit: int, *, now: datetime) -> list[ClaimedLane]:
    """Take up to `limit` lanes, those that came due first.

    Lanes that somebody has locked are passed by.
    """
    if limit <= 0:
        return []
    crash_point("before_claim")
    taken = Lease(token=uuid.uuid4(), ends_at=elapsed() + outbox_conf().lease)
    with transaction.atomic():
        lanes = _lease(line, limit, taken.token)
        # A statement of its own, behind the locks: what was committed meanwhile is sent along.
        shipped = _ship(lanes, line)
        crash_point("before_claim_commits")
    crash_point("after_claim")
    return [
        ClaimedLane(
            id=lane_id,
            destination=lane.destination,
            record_type=lane.record_type,
            lease=taken,
            messages=[_claimed(lane, message, now) for message in shipped[lane_id]],
            is_bulk=line.priority == Priority.BULK,
            is_alone=line.is_solo or lane.failures > 0,
        )
        for lane_id, lane in lanes.items()
    ]


def _lease(line: Line, limit: int, token: uuid.UUID) -> dict[int, _Leased]:
    due, values = _statement(line, database_now_sql())
    statement = _LEASE.format(
        due=f"{due} LIMIT %s {_LOCKING[connection.vendor]}",
        end=database_now_in_sql(),
        columns=", ".join(_Leased._fields),
    )
    parameters = [
        *values,
        limit,
        database_value(Lane, "lease_token", token),
        outbox_conf().lease,
        line.reach,
        line.reach - 1,
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        # Which lane comes first depends on how the database found them.
        return {row[0]: _Leased(*row) for row in sorted(cursor.fetchall())}


@cache
def _statement(line: Line, now: str) -> tuple[str, tuple[Any, ...]]:
    """Finds the ids of its lanes. Made once: Django takes longer to make it than to run it."""
    return line.due().values("id").query.sql_with_params()


def _ship(lanes: Mapping[int, _Leased], line: Line) -> dict[int, list[Waiting]]:
    """The messages to be sent of each lane; writes what is merged."""
    shipped: dict[int, list[Waiting]] = {}
    merged: list[Shipment] = []
    cut_short = []
    waiting = _waiting(lanes)
    for lane_id, lane in lanes.items():
        together = shipments(waiting[lane_id], merge=line.merge, apart_through=lane.apart_through)
        first = together[: line.depth]
        shipped[lane_id] = [shipment.message for shipment in first]
        merged += [shipment for shipment in first if shipment.carried]
        if len(first) < len(together):
            cut_short.append({"id": lane_id, "claimed_through": first[-1].message.sequence})
    write_merged(merged)
    write_values(Lane, cut_short)
    return shipped


_COLUMNS: Final = ", ".join(f"message.{field.name}" for field in fields(Waiting))


def _waiting(lanes: Collection[int]) -> dict[int, list[Waiting]]:
    """Of each lane what it claimed, in order."""
    found: dict[int, list[Waiting]] = {lane_id: [] for lane_id in lanes}
    with connection.cursor() as cursor:
        cursor.execute(_TO_SEND.format(columns=_COLUMNS, among=among_sql()), [among(lanes)])
        for row in cursor.fetchall():
            message = _read(*row)
            found[message.lane_id].append(message)
    return found


def _read(*row: Any) -> Waiting:
    """As a cursor gives it: JSON is text, and on SQLite an id or a time is, too."""
    message = Waiting(*row)
    message.id = message.id if isinstance(message.id, uuid.UUID) else uuid.UUID(message.id)
    message.payload = json.loads(message.payload)
    if message.merged_payload is not None:
        message.merged_payload = json.loads(message.merged_payload)
    message.maybe_applied = bool(message.maybe_applied)
    if message.first_failed_at is not None:
        message.first_failed_at = time_read(message.first_failed_at)
    return message


def _claimed(lane: _Leased, message: Waiting, now: datetime) -> ClaimedMessage:
    failed_at = message.first_failed_at or now
    return ClaimedMessage(
        id=message.id,
        number=message.attempts + 1,
        maybe_applied=message.maybe_applied,
        is_carrier=message.is_carrier,
        failing_for=(now - failed_at).total_seconds(),
        request=Request(
            operation=Operation(message.operation),
            collection=message.collection,
            key=lane.key,
            key_field=message.key_field,
            external_id=lane.external_id,
            idempotency_key=message.idempotency_key,
            sequence=message.sequence,
            payload=message.sent_payload,
        ),
    )
