from django.db import transaction

from records.actions.edit import Edit, locked, log, require_version
from records.context import EditContext
from records.door import open_door
from records.forwarding import forward
from records.models import Kind
from records.registry import RecordType


def delete_record(
    record_type: RecordType,
    key: str,
    *,
    context: EditContext,
    expected_version: int | None = None,
) -> Edit:
    """Delete a record, here and at every destination that has it.

    Raises RecordMissing, StaleRecord.
    """
    with transaction.atomic(), open_door():
        record = locked(record_type, key)
        require_version(record, expected_version)
        held = {name: value for name, value in record.values().items() if value not in (None, "")}
        record_id = record.pk
        record.delete()
        record.pk = record_id
        record.version += 1
        changes = {name: [value, None] for name, value in held.items()}
        change = log(record_type, record, Kind.DELETE, changes, context)
        messages = forward(record_type, record, change, context, before=record)
    return Edit(record=record, change=change, messages=messages)
