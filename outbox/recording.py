"""Recording: write the messages of an edit, in the edit's own transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from outbox.clock import database_now_sql
from outbox.errors import NotInTransaction
from outbox.models import Lane, Message, Operation, Priority
from outbox.wake import wake_after_commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One edit of one record for one destination, to become a message."""

    destination: str
    record_type: str
    key: str
    record_version: int
    operation: Operation
    #: {field: [old, new]}, in our names.
    changes: Mapping[str, Any]
    #: In the remote's names: what changed; and the whole record, where that turns out to be needed.
    payload: Mapping[str, Any]
    render_whole: Callable[[], Mapping[str, Any]]
    collection: str
    key_field: str
    mapping_version: int
    #: The edit, for all its destinations; who made it, through what, under which request or file.
    edit_id: UUID
    actor: str
    source: str
    reference: str
    batch: str
    priority: Priority

    @property
    def lane(self) -> tuple[str, str, str]:
        return (self.destination, self.record_type, self.key)


def record(drafts: Sequence[Draft]) -> list[Message]:
    """Write the messages of an edit; a worker is woken once the transaction has committed.

    An update of a record that the destination was never given becomes a create of the whole
    record, and a delete of one that it was never given becomes nothing.

    Raises NotInTransaction.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction
    # Everybody locks lanes in the same order, and each lane before its messages: no deadlocks.
    ordered = sorted(drafts, key=lambda draft: draft.lane)
    messages = [
        _record(draft)
        for draft in ordered
        if draft.operation != Operation.DELETE or _is_present(draft)
    ]
    for destination in {draft.destination for draft in drafts}:
        wake_after_commit(destination)
    return messages


def _record(draft: Draft) -> Message:
    lane_id, sequence, was_present = _next_in_lane(draft)
    operation, payload = draft.operation, draft.payload
    if operation == Operation.UPDATE and not was_present:
        operation, payload = Operation.CREATE, draft.render_whole()
        Lane.objects.filter(pk=lane_id).update(present=True)
    return Message.objects.create(
        lane_id=lane_id,
        sequence=sequence,
        operation=operation,
        record_version=draft.record_version,
        changes=draft.changes,
        collection=draft.collection,
        key_field=draft.key_field,
        payload=payload,
        mapping_version=draft.mapping_version,
        edit_id=draft.edit_id,
        actor=draft.actor,
        source=draft.source,
        reference=draft.reference,
        batch=draft.batch,
        priority=draft.priority,
        created_at=timezone.now(),
    )


def _is_present(draft: Draft) -> bool:
    # Read without a lock: edits of one record come one after the other, by the record's own lock.
    destination, record_type, key = draft.lane
    return Lane.objects.filter(
        destination=destination, record_type=record_type, key=key, present=True
    ).exists()


# An edit makes an idle lane due; it neither shortens a backoff nor lifts a block.
_NEXT_IN_LANE = """
    INSERT INTO outbox_lane
        (destination, record_type, key, last_sequence, present, priority, due_at)
    VALUES (%s, %s, %s, 1, COALESCE(CAST(%s AS boolean), CAST(%s AS boolean)), %s, {now})
    ON CONFLICT (destination, record_type, key) DO UPDATE SET
        last_sequence = outbox_lane.last_sequence + 1,
        present = COALESCE(CAST(%s AS boolean), outbox_lane.present),
        priority = CASE
            WHEN outbox_lane.head_sequence > outbox_lane.last_sequence
                OR excluded.priority < outbox_lane.priority
            THEN excluded.priority ELSE outbox_lane.priority END,
        due_at = CASE
            WHEN outbox_lane.due_at IS NULL AND outbox_lane.blocked_by_id IS NULL
            THEN excluded.due_at ELSE outbox_lane.due_at END
    RETURNING id, last_sequence, present
"""


def _next_in_lane(draft: Draft) -> tuple[int, int, bool]:
    """Lock the lane, making it where there is none, and take its next sequence.

    Returns the lane's id, the sequence, and whether the destination has (or will have) the record;
    an update leaves that last one as it was.
    """
    present = {Operation.CREATE: True, Operation.UPDATE: None, Operation.DELETE: False}[
        draft.operation
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _NEXT_IN_LANE.format(now=database_now_sql()),
            [*draft.lane, present, False, draft.priority, present],
        )
        lane_id, sequence, is_present = cursor.fetchone()
    return lane_id, sequence, bool(is_present)
