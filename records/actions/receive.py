from collections.abc import Mapping
from copy import copy
from typing import Any

from django.db import transaction

from records.actions.edit import Edit, locked
from records.actions.update import differing, save_changes
from records.cleaning import clean
from records.context import EditContext
from records.door import open_door
from records.errors import FieldOwnedElsewhere
from records.forwarding import forward
from records.ownership import remote_owners
from records.registry import RecordType


def receive_remote_values(
    record_type: RecordType,
    key: str,
    values: Mapping[str, Any],
    *,
    destination: str,
    context: EditContext,
) -> Edit:
    """Take over what a remote says of the fields that it decides, and tell the other destinations.

    Raises RecordMissing, RecordInvalid, and FieldOwnedElsewhere for a field that is not its own.
    """
    owners = remote_owners(record_type)
    foreign = [name for name in values if owners.get(name) != destination]
    if foreign:
        raise FieldOwnedElsewhere(
            {name: [f"{destination} does not decide this."] for name in foreign}
        )
    with transaction.atomic(), open_door():
        record = locked(record_type, key)
        cleaned = clean(record_type, values, beside=record.values())
        changed = differing(record, cleaned.values)
        if not changed:
            return Edit(record=record)
        before = copy(record)
        change = save_changes(record_type, record, changed, context)
        messages = forward(record_type, record, change, context, before=before)
    return Edit(record=record, change=change, messages=messages)
