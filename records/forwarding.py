"""Forwarding: from one edit to the messages for each destination that should hear of it."""

from collections.abc import Mapping as Dict
from functools import partial
from typing import Any

from outbox.models import Message, Operation
from outbox.recording import Draft, record
from records.context import EditContext
from records.mapping import Mapping
from records.models import Change, Kind, Record
from records.registry import RecordType


def forward(
    record_type: RecordType,
    edited: Record,
    change: Change,
    context: EditContext,
    *,
    before: Record | None,
) -> list[Message]:
    """Record the edit for every destination. `before`: the record as it was, None where it is new.

    Raises RemoteCannotTake where a destination could not store a value.
    """
    drafts = []
    for mapping in record_type.mappings:
        rendered = _render(mapping, edited, change, before)
        if rendered is None:
            continue
        operation, payload = rendered
        drafts.append(
            Draft(
                destination=mapping.destination,
                record_type=record_type.name,
                key=change.key,
                record_version=change.version,
                operation=operation,
                changes=change.changes,
                payload=payload,
                render_whole=partial(mapping.render, edited.values()),
                collection=mapping.remote,
                key_field=mapping.key_field,
                mapping_version=mapping.version,
                edit_id=change.id,
                actor=context.actor,
                source=context.source,
                reference=context.reference,
                batch=context.batch,
                priority=context.priority,
            )
        )
    return record(drafts)


def _render(
    mapping: Mapping[Any], edited: Record, change: Change, before: Record | None
) -> tuple[Operation, Dict[str, Any]] | None:
    """What to send; None where the destination need not hear of the edit."""
    if change.kind == Kind.DELETE:
        return Operation.DELETE, {}
    if not mapping.applies_to(edited):
        return None
    if before is None:
        return Operation.CREATE, mapping.render(edited.values())
    if not mapping.applies_to(before):
        # It may have missed edits: send the record as a whole.
        return Operation.UPDATE, mapping.render(edited.values())
    payload = mapping.render(edited.values(), change.changes)
    return (Operation.UPDATE, payload) if payload else None
