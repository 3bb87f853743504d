from collections.abc import Mapping
from copy import copy
from typing import Any

from django.db import transaction
from django.utils import timezone

from records.actions.edit import Edit, locked, log, require_ours, require_version
from records.cleaning import clean
from records.context import EditContext
from records.door import open_door
from records.errors import KeyIsFixed
from records.forwarding import forward
from records.models import Kind, Record
from records.registry import RecordType


def update_record(
    record_type: RecordType,
    key: str,
    values: Mapping[str, Any],
    *,
    context: EditContext,
    expected_version: int | None = None,
) -> Edit:
    """Change these fields of a record, and tell every destination that should hear of it.

    Where all values are as they were, nothing is written and nothing leaves, whatever version was
    expected. Raises RecordMissing, StaleRecord, RecordInvalid, UnknownField, KeyIsFixed,
    FieldOwnedElsewhere, RemoteCannotTake.
    """
    with transaction.atomic(), open_door():
        record = locked(record_type, key)
        cleaned = clean(record_type, values, beside=record.values())
        changed = differing(record, cleaned.values)
        if not changed:
            return Edit(record=record, warnings=cleaned.warnings)
        if record_type.key_field in changed:
            raise KeyIsFixed({record_type.key_field: ["This cannot be changed once it is saved."]})
        require_ours(record_type, changed)
        require_version(record, expected_version)
        before = copy(record)
        change = save_changes(record_type, record, changed, context)
        messages = forward(record_type, record, change, context, before=before)
    return Edit(record=record, change=change, messages=messages, warnings=cleaned.warnings)


def differing(record: Record, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that are not what the record has."""
    return {name: value for name, value in values.items() if value != getattr(record, name)}


def save_changes(
    record_type: RecordType, record: Record, changed: Mapping[str, Any], context: EditContext
) -> Any:
    """Write the changed columns and the change log. Needs the record's lock and the open door."""
    changes = {name: [getattr(record, name), value] for name, value in changed.items()}
    for name, value in changed.items():
        setattr(record, name, value)
    record.version += 1
    record.updated_at = timezone.now()
    record.save(update_fields=[*changed, "version", "updated_at"])
    return log(record_type, record, Kind.UPDATE, changes, context)
