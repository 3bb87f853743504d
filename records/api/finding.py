"""Finding the record that an address names: by its key, or by its uuid."""

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError

from api import problem_kinds as kinds
from api.problems import Problem
from records.actions.locking import locked
from records.errors import RecordMissing
from records.models import Change, Kind, Record
from records.registry import RecordType
from records.rules import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an address names. `record` is as it was read, without a lock."""

    key: str
    #: The uuid of the record, where the address gave it.
    pk: UUID | None = None
    record: Record | None = None
    #: The edit that deleted it, where it is gone.
    deletion: Change | None = None


def find(record_type: RecordType, named: str) -> Target:
    """Raises Problem where no key can be of that name.

    Uuids go first: they are ours to give, and a key may be anything that somebody types, another
    record's uuid too.
    """
    pk = as_uuid(named)
    if pk is not None:
        record = record_type.model.objects.filter(pk=pk).first()
        if record is not None:
            return Target(key=record.key, pk=pk, record=record)
    key = _as_stored(named)
    record = record_type.model.objects.filter(**{record_type.key_field: key}).first()
    if record is not None:
        return Target(key=key, record=record)
    deletion = _deletion(record_type, key, pk)
    if deletion is not None and deletion.record_id == pk:
        return Target(key=deletion.key, pk=pk, deletion=deletion)
    return Target(key=key, deletion=deletion)


def name_of(record: Record) -> str:
    """What names a record in an address: its key, or its uuid where the key could be misread."""
    return str(record.pk) if "/" in record.key or as_uuid(record.key) else record.key


def lock(record_type: RecordType, target: Target) -> Record | None:
    """The record, locked until the transaction ends; None where there is none of that name now."""
    try:
        record = locked(record_type, target.key)
    except RecordMissing:
        return None
    return record if target.pk in (None, record.pk) else None


def missing(record_type: RecordType, target: Target) -> Problem:
    shown = target.key if len(target.key) <= 80 else f"{target.key[:80]}…"
    if target.deletion is None:
        return Problem(kinds.NOT_FOUND, f"There is no {record_type.title} {shown}.")
    at = f"{target.deletion.at:%Y-%m-%dT%H:%M:%SZ}"
    return Problem(
        kinds.GONE,
        f"{record_type.title.capitalize()} {shown} was deleted at {at} by {target.deletion.actor}.",
    )


def _as_stored(named: str) -> str:
    try:
        return text(named)
    except ValidationError:
        raise Problem(kinds.NOT_FOUND, "No key has such characters.") from None


def _deletion(record_type: RecordType, key: str, pk: UUID | None) -> Change | None:
    deletions = Change.objects.filter(record_type=record_type.name, kind=Kind.DELETE)
    if pk is not None and (found := deletions.filter(record_id=pk).first()) is not None:
        return found
    return deletions.filter(key=key).order_by("-at").first()


def as_uuid(named: str) -> UUID | None:
    """Only as it is written in our addresses: UUID() takes braces and more."""
    try:
        found = UUID(named)
    except ValueError:
        return None
    return found if str(found) == named.lower() else None
