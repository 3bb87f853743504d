"""Leasing: lanes are given to one drain, with what is to be sent of them.

A lane is leased by a token and an end, in the database's time. While leased, its `due_at` is the
lease's end, so a lane whose drain died comes due like any other, and is known by its token.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from outbox.clock import database_now_in_sql, elapsed
from outbox.conf import outbox_conf
from outbox.connectors.base import Operation, Request
from outbox.crash_points import crash_point
from outbox.merging import MOST, Shipment, shipments, write_merged
from outbox.models import Lane, Message
from outbox.models.lane import LaneQuerySet
from outbox.row_sets import among, among_sql
from outbox.row_writing import write_rows


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

    due: LaneQuerySet
    #: Messages of each lane that leave under one lease.
    depth: int
    merge: bool = False
    is_bulk: bool = False
    is_solo: bool = False


# Chosen, locked and leased by one statement. MATERIALIZED: or PostgreSQL may choose once more.
_LEASE: Final = """
    WITH due AS MATERIALIZED ({due})
    UPDATE outbox_lane
    SET lease_token = %s, due_at = {end}, claimed_through = head_sequence + %s - 1
    WHERE id IN (SELECT due.id FROM due)
    RETURNING id, destination, record_type, key, head_sequence, claimed_through, apart_through,
        failures, external_id
"""

_TO_SEND: Final = """
    SELECT message.id, message.lane_id, message.sequence, message.operation, message.source,
        message.collection, message.key_field, message.payload, message.merged_payload,
        message.mapping_version, message.priority, message.delivery_number, message.attempts,
        message.maybe_applied, message.first_failed_at
    FROM outbox_message AS message JOIN outbox_lane AS lane ON lane.id = message.lane_id
    WHERE message.lane_id {among} AND message.state = 'pending' AND message.carrier_id IS NULL
        AND message.sequence >= lane.head_sequence
        AND message.sequence < lane.head_sequence + %s
    ORDER BY message.lane_id, message.sequence
"""


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
            is_bulk=line.is_bulk,
            is_alone=line.is_solo or lane.failures > 0,
        )
        for lane_id, lane in lanes.items()
    ]


def _lease(line: Line, limit: int, token: uuid.UUID) -> dict[int, Lane]:
    due = line.due.select_for_update(skip_locked=True, no_key=True).order_by("due_at").values("id")
    chosen, values = due[:limit].query.sql_with_params()
    statement = _LEASE.format(due=chosen, end=database_now_in_sql())
    token_field: Any = Lane._meta.get_field("lease_token")
    parameters = [
        *values,
        token_field.get_db_prep_value(token, connection),
        outbox_conf().lease,
        line.depth,
    ]
    # Which lane comes first depends on how the database found them.
    return {lane.pk: lane for lane in sorted(Lane.objects.raw(statement, parameters), key=_id_of)}


def _ship(lanes: Mapping[int, Lane], line: Line) -> dict[int, list[Message]]:
    """The messages to be sent of each lane; writes what is merged."""
    waiting: dict[int, list[Message]] = {lane_id: [] for lane_id in lanes}
    parameters = [among(lanes), MOST if line.merge else line.depth]
    for message in Message.objects.raw(_TO_SEND.format(among=among_sql()), parameters):
        waiting[message.lane_id].append(message)
    shipped: dict[int, list[Message]] = {}
    merged: list[Shipment] = []
    reaching_further = []
    for lane_id, lane in lanes.items():
        first = shipments(lane, waiting[lane_id], merge=line.merge)[: line.depth]
        shipped[lane_id] = [shipment.message for shipment in first]
        new = [shipment for shipment in first if shipment.carried]
        merged += new
        # What is carried leaves gaps: so many messages may reach further than so many sequences.
        if new or (first and first[-1].message.sequence > lane.claimed_through):
            lane.head_sequence = first[0].message.sequence
            lane.claimed_through = first[-1].message.sequence
            reaching_further.append(lane)
    write_merged(merged)
    write_rows(reaching_further, ["head_sequence", "claimed_through"])
    return shipped


def _claimed(lane: Lane, message: Message, now: datetime) -> ClaimedMessage:
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


def _id_of(lane: Lane) -> int:
    return lane.pk
