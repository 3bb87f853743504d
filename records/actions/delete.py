from django.db import transaction

from records.actions.locking import locked, require_version
from records.actions.planning import plan_delete
from records.actions.writing import Edit, write
from records.context import EditContext
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
    with transaction.atomic():
        record = locked(record_type, key)
        require_version(record, expected_version)
        [edit] = write(record_type, [(plan_delete(record_type, record), context)])
    return edit
