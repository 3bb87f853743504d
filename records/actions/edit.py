"""What all actions share: the lock, the checks, the change log."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from outbox.conf import destination
from outbox.models import Message
from records.context import EditContext, Source
from records.errors import FieldOwnedElsewhere, RecordMissing, StaleRecord
from records.models import Change, Kind, Record
from records.ownership import remote_owners
from records.registry import RecordType


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What an action did. `change` is None where nothing was to be changed, and nothing written."""

    record: Record
    change: Change | None = None
    messages: list[Message] = field(default_factory=list)
    #: Field → what should be looked at, though the value was kept.
    warnings: Mapping[str, str] = field(default_factory=dict)


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


def require_ours(record_type: RecordType, names: Mapping[str, Any]) -> None:
    """Raises FieldOwnedElsewhere for fields that a remote decides."""
    owners = remote_owners(record_type)
    theirs = {name: owners[name] for name in names if name in owners}
    if theirs:
        raise FieldOwnedElsewhere(
            {
                name: [
                    f"This is kept by the {destination(owner).label} and cannot be changed here."
                ]
                for name, owner in theirs.items()
            }
        )


def log(
    record_type: RecordType,
    record: Record,
    kind: Kind,
    changes: Mapping[str, Any],
    context: EditContext,
) -> Change:
    return Change.objects.create(
        record_type=record_type.name,
        key=record.key,
        record_id=record.pk,
        version=record.version,
        kind=kind,
        changes=changes,
        actor=context.actor,
        source=context.source,
        reference=context.reference,
        at=timezone.now(),
    )
