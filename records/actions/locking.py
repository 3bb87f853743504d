"""Locking: the records of an edit, until its transaction ends; and whether they are as expected."""

import re
from collections.abc import Collection

from records.context import Source
from records.errors import RecordMissing, StaleRecord
from records.models import Change, Record
from records.registry import RecordType

#: What no database takes in a text, not even to look for it: NUL and lone surrogates.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def locked(record_type: RecordType, key: str, *, wait: bool = True) -> Record:
    """The record, locked until the transaction ends.

    Raises RecordMissing; without `wait` also where somebody else has it locked.
    """
    found: Record | None = None
    if not _UNSTORABLE.search(key):
        records = record_type.model.objects.select_for_update(skip_locked=not wait)
        found = records.filter(**{record_type.key_field: key}).first()
    if found is None:
        raise RecordMissing(f"There is no {record_type.title} {key}; it may have been deleted.")
    return found


def all_locked(
    record_type: RecordType, keys: Collection[str], *, wait: bool = True
) -> dict[str, Record]:
    """Those of the records that there are, by key; locked in the order of their keys.

    Without `wait` only those that nobody else has locked.
    """
    by_key = record_type.key_field
    records = record_type.model.objects.select_for_update(skip_locked=not wait).order_by(by_key)
    return {record.key: record for record in records.filter(**{f"{by_key}__in": keys})}


def require_version(record: Record, expected: int | None) -> None:
    """Raises StaleRecord where somebody else edited the record after `expected`.

    What the remote system told us since then does not count: it touches no field that an editor
    could have meant to change.
    """
    if expected is None or expected == record.version:
        return
    edits_since = Change.objects.filter(record_id=record.pk, version__gt=expected)
    if expected > record.version or edits_since.exclude(source=Source.INBOUND).exists():
        raise StaleRecord(record.key, expected=expected, found=record.version)
