"""Sequencing: lock lanes, making those that are not there, and take the next sequence of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import DateTimeField

from outbox.clock import database_now, database_now_sql
from outbox.conf import window_of
from outbox.models import Operation
from outbox.row_sets import rows, rows_sql
from outbox.windows import AtOnce

#: Destination, record type, key.
LaneName = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a message goes."""

    lane_id: int
    sequence: int
    #: Whether the destination has the record, or will have it.
    present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A place to be taken by a message of this operation and priority."""

    lane: LaneName
    operation: Operation
    priority: int


# An edit makes an idle lane due; it neither shortens a backoff nor lifts a block.
_NEXT_IN_LANES = """
    INSERT INTO outbox_lane
        (destination, record_type, key, last_sequence, present, priority, due_at)
    SELECT destination, record_type, key, 1, present, priority, COALESCE(due_at, {now})
    FROM {wanted}
    WHERE true
    ON CONFLICT (destination, record_type, key) DO UPDATE SET
        last_sequence = outbox_lane.last_sequence + 1,
        present = {present},
        priority = CASE
            WHEN outbox_lane.head_sequence > outbox_lane.last_sequence
                OR excluded.priority < outbox_lane.priority
            THEN excluded.priority ELSE outbox_lane.priority END,
        due_at = CASE
            WHEN outbox_lane.due_at IS NULL AND outbox_lane.blocked_by_id IS NULL
            THEN excluded.due_at ELSE outbox_lane.due_at END
    RETURNING destination, record_type, key, id, last_sequence, present
"""

_WANTED = {
    "destination": "text",
    "record_type": "text",
    "key": "text",
    "present": "boolean",
    "priority": "smallint",
    "due_at": "timestamptz",
}


def take_places(wanted: Sequence[Wanted]) -> dict[LaneName, Place]:
    """The place of each, by its lane; a lane can be asked for once only.

    Lanes are locked in the order given, those of one operation after those of another. That cannot
    deadlock: whoever records has locked the records before, and nobody else waits for a lane.
    """
    places: dict[LaneName, Place] = {}
    for operation in Operation:
        if of_one_kind := [item for item in wanted if item.operation == operation]:
            places.update(_take(operation, of_one_kind))
    return places


def _take(operation: Operation, wanted: Sequence[Wanted]) -> Iterator[tuple[LaneName, Place]]:
    due_at = {name: _due_at(name) for name in {item.lane[0] for item in wanted}}
    sql = _NEXT_IN_LANES.format(
        now=database_now_sql(),
        wanted=rows_sql("wanted", _WANTED),
        # An update leaves it as it was.
        present="outbox_lane.present" if operation == Operation.UPDATE else "excluded.present",
    )
    places = [
        {
            "destination": item.lane[0],
            "record_type": item.lane[1],
            "key": item.lane[2],
            "present": operation == Operation.CREATE,
            "priority": item.priority,
            "due_at": due_at[item.lane[0]],
        }
        for item in wanted
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, [rows(places)])
        for destination, record_type, key, lane_id, sequence, present in cursor.fetchall():
            place = Place(lane_id=lane_id, sequence=sequence, present=bool(present))
            yield (destination, record_type, key), place


def _due_at(destination: str) -> str | None:
    """When an idle lane comes due, as the database writes times; None for at once."""
    window = window_of(destination)
    if isinstance(window, AtOnce):
        return None
    due_at = DateTimeField().get_db_prep_value(window.next_at(database_now()), connection)
    return str(due_at)
