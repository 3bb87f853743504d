"""Forwarding: from an edit to the messages for each destination that should hear of it."""

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from outbox.models import Operation
from outbox.models.message import uuid7
from outbox.recording import Draft
from records.context import EditContext
from records.mapping import Mapping
from records.models import Change, Kind, Record
from records.registry import RecordType


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What one destination is to be told."""

    mapping: Mapping[Any]
    operation: Operation
    payload: Dict[str, Any]


def render(
    record_type: RecordType,
    kind: Kind,
    edited: Record,
    changes: Dict[str, Any],
    *,
    before: Record | None,
) -> list[Rendered]:
    """The edit for every destination that should hear of it. `before`: None where it is new.

    Raises RemoteCannotTake where a destination could not store a value.
    """
    found = (
        _render(mapping, kind, edited, changes, before=before) for mapping in record_type.mappings
    )
    return [rendered for rendered in found if rendered is not None]


def drafts(
    record_type: RecordType,
    edited: Record,
    rendered: Sequence[Rendered],
    change: Change,
    context: EditContext,
) -> list[Draft]:
    return [
        _draft(record_type, edited, item, change.changes, change.id, context) for item in rendered
    ]


def draft_of_whole(
    record_type: RecordType, record: Record, mapping: Mapping[Any], context: EditContext
) -> Draft:
    """Of the record as it is, to a destination that has it not, or not as it is; nothing is edited.

    Raises RemoteCannotTake.
    """
    values = record.values()
    rendered = Rendered(mapping=mapping, operation=Operation.UPDATE, payload=mapping.render(values))
    changes = {name: [None, values[name]] for name in mapping.local_owned()}
    return _draft(record_type, record, rendered, changes, uuid7(), context)


def _draft(
    record_type: RecordType,
    record: Record,
    rendered: Rendered,
    changes: Dict[str, Any],
    edit_id: UUID,
    context: EditContext,
) -> Draft:
    mapping = rendered.mapping
    told = set(mapping.local_owned())  # in nothing else can the remote come to differ
    return Draft(
        destination=mapping.destination,
        record_type=record_type.name,
        key=record.key,
        record_version=record.version,
        operation=rendered.operation,
        changes={name: change for name, change in changes.items() if name in told},
        payload=rendered.payload,
        render_whole=lambda: mapping.render(record.values()),
        collection=mapping.remote,
        key_field=mapping.key_field,
        mapping_version=mapping.version,
        edit_id=edit_id,
        actor=context.actor,
        source=context.source,
        reference=context.reference,
        batch=context.batch,
        priority=context.priority,
    )


def _render(
    mapping: Mapping[Any],
    kind: Kind,
    edited: Record,
    changes: Dict[str, Any],
    *,
    before: Record | None,
) -> Rendered | None:
    if kind == Kind.DELETE:
        return Rendered(mapping=mapping, operation=Operation.DELETE, payload={})
    if not mapping.applies_to(edited):
        return None
    if before is None:
        operation, payload = Operation.CREATE, mapping.render(edited.values())
    elif not mapping.applies_to(before):
        # It may have missed edits: send the record as a whole.
        operation, payload = Operation.UPDATE, mapping.render(edited.values())
    else:
        operation, payload = Operation.UPDATE, mapping.render(edited.values(), changes)
    if operation == Operation.UPDATE and not payload:
        return None
    return Rendered(mapping=mapping, operation=operation, payload=payload)
