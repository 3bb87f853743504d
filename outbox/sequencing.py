"""Sequencing: lock lanes, making those that are not there, and take the next sequence of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from django.db import connection
from django.db.models import DateTimeField

from outbox.clock import database_now, database_now_sql
from outbox.conf import window_of
from outbox.models import Operation
from outbox.windows import AtOnce

#: Destination, record type, key.
LaneName = tuple[str, str, str]

#: Rows of one statement: SQLite takes 32,766 parameters.
_ROWS: Final = 1000


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
    VALUES {rows}
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


def take_places(wanted: Sequence[Wanted]) -> dict[LaneName, Place]:
    """The place of each, by its lane; a lane can be asked for once only.

    Lanes are locked in the order given, those of one operation after those of another. That cannot
    deadlock: whoever records has locked the records before, and nobody else waits for a lane.
    """
    places: dict[LaneName, Place] = {}
    for operation in Operation:
        of_one_kind = (item for item in wanted if item.operation == operation)
        while some := list(islice(of_one_kind, _ROWS)):
            places.update(_take(operation, some))
    return places


def _take(operation: Operation, wanted: Sequence[Wanted]) -> Iterator[tuple[LaneName, Place]]:
    dues = {destination: _due_sql(destination) for destination in {item.lane[0] for item in wanted}}
    is_update = operation == Operation.UPDATE
    sql = _NEXT_IN_LANES.format(
        rows=", ".join(f"(%s, %s, %s, 1, %s, %s, {dues[item.lane[0]][0]})" for item in wanted),
        # An update leaves it as it was.
        present="outbox_lane.present" if is_update else "excluded.present",
    )
    values: list[Any] = []
    for item in wanted:
        values += [*item.lane, operation == Operation.CREATE, item.priority]
        values += dues[item.lane[0]][1]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        for destination, record_type, key, lane_id, sequence, present in cursor.fetchall():
            place = Place(lane_id=lane_id, sequence=sequence, present=bool(present))
            yield (destination, record_type, key), place


def _due_sql(destination: str) -> tuple[str, list[Any]]:
    """When an idle lane comes due, as SQL and its parameters."""
    window = window_of(destination)
    if isinstance(window, AtOnce):
        return database_now_sql(), []
    due_at = DateTimeField().get_db_prep_value(window.next_at(database_now()), connection)
    return "%s", [due_at]
