from collections.abc import Mapping
from typing import Any

from django.db import transaction

from records.actions.locking import locked, require_version
from records.actions.planning import changed_values, plan_update
from records.actions.writing import Edit, write
from records.context import EditContext
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
    with transaction.atomic():
        record = locked(record_type, key)
        changed = changed_values(record_type, record, values)
        if not changed.values:
            return Edit(record=record, warnings=changed.warnings)
        require_version(record, expected_version)
        plan = plan_update(record_type, record, changed)
        [edit] = write(record_type, [(plan, context)])
    return edit
