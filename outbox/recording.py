"""Recording: write the messages of an edit, in the edit's own transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from outbox.clock import database_now
from outbox.crash_points import crash_point
from outbox.discarding import discard_unwanted
from outbox.errors import NotInTransaction
from outbox.models import Lane, Message, Operation, Priority
from outbox.row_writing import insert_rows
from outbox.sequencing import LaneName, Place, Wanted, take_places
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
    def lane(self) -> LaneName:
        return (self.destination, self.record_type, self.key)


def record(drafts: Sequence[Draft]) -> list[Message]:
    """Write the messages of one edit or of many; a worker is woken once they have committed.

    An update of a record that the destination was never given becomes a create of the whole
    record, and a delete of one that it was never given becomes nothing.

    Raises NotInTransaction, and ValueError for two drafts of one lane.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction
    if len({draft.lane for draft in drafts}) < len(drafts):
        raise ValueError("A lane takes one message at a time.")
    # Everybody locks lanes in the same order, and each lane before its messages: no deadlocks.
    ordered = sorted(drafts, key=lambda draft: draft.lane)
    deletes = [draft for draft in ordered if draft.operation == Operation.DELETE]
    present = _present(deletes)
    _forget_differences([draft for draft in deletes if draft.lane not in present])
    wanted = [
        draft for draft in ordered if draft.operation != Operation.DELETE or draft.lane in present
    ]
    messages = _messages(wanted)
    insert_rows(messages)
    if present:
        _discard_unwanted([message.lane_id for message in messages])
    for destination in {draft.destination for draft in drafts}:
        wake_after_commit(destination)
    crash_point("after_record")
    return messages


def _messages(drafts: Sequence[Draft]) -> list[Message]:
    places = take_places(
        [
            Wanted(lane=draft.lane, operation=draft.operation, priority=draft.priority)
            for draft in drafts
        ]
    )
    now = timezone.now()
    messages, new_there = [], []
    for draft in drafts:
        place = places[draft.lane]
        operation, payload = draft.operation, draft.payload
        if operation == Operation.UPDATE and not place.present:
            operation, payload = Operation.CREATE, draft.render_whole()
            new_there.append(place.lane_id)
        messages.append(_message(draft, place, operation, payload, now))
    if new_there:
        Lane.objects.filter(pk__in=new_there).update(present=True)
    return messages


def _message(
    draft: Draft, place: Place, operation: Operation, payload: Mapping[str, Any], now: datetime
) -> Message:
    return Message(
        lane_id=place.lane_id,
        sequence=place.sequence,
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
        created_at=now,
    )


def _discard_unwanted(lane_ids: Sequence[int]) -> None:
    """Where a create that was refused holds up the lane of a record that is deleted now."""
    blocked = Lane.objects.filter(pk__in=lane_ids, blocked_by__operation=Operation.CREATE)
    for lane in blocked.select_related("blocked_by"):
        if lane.blocked_by is not None and discard_unwanted(lane, lane.blocked_by, database_now()):
            lane.save(update_fields=["diverged", "blocked_by", "due_at", "failures"])


def _forget_differences(deletes: Sequence[Draft]) -> None:
    """The record is gone here, and the destination never had it: there they agree."""
    for draft in deletes:
        destination, record_type, key = draft.lane
        lane = Lane.objects.filter(destination=destination, record_type=record_type, key=key)
        lane.filter(shadow__isnull=True).exclude(diverged=[]).update(diverged=[])


def _present(deletes: Sequence[Draft]) -> set[LaneName]:
    """The lanes whose destination has the record."""
    # Read without a lock: edits of one record come one after the other, by the record's own lock.
    lanes: set[LaneName] = set()
    for destination, record_type in {(draft.destination, draft.record_type) for draft in deletes}:
        keys = [draft.key for draft in deletes if draft.lane[:2] == (destination, record_type)]
        there = Lane.objects.filter(
            destination=destination, record_type=record_type, key__in=keys, present=True
        )
        lanes |= {(destination, record_type, key) for key in there.values_list("key", flat=True)}
    return lanes
