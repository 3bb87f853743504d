from collections.abc import Mapping
from typing import Any

from django.db import transaction

from records.actions.locking import locked
from records.actions.planning import differing, plan_update
from records.actions.writing import Edit, write
from records.cleaning import Cleaned, clean
from records.context import EditContext
from records.errors import FieldOwnedElsewhere
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
    with transaction.atomic():
        record = locked(record_type, key)
        cleaned = clean(record_type, values, beside=record.values())
        changed = differing(record, cleaned.values)
        if not changed:
            return Edit(record=record)
        plan = plan_update(record_type, record, Cleaned(changed))
        [edit] = write(record_type, [(plan, context)])
    return edit
