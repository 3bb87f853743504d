"""Planning: what an edit will write, worked out without writing and without knowing who edits."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from outbox.conf import destination
from records.cleaning import Cleaned, clean
from records.errors import FieldOwnedElsewhere, KeyIsFixed
from records.forwarding import Rendered, render
from records.models import Kind, Record
from records.ownership import remote_owners
from records.registry import RecordType


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    kind: Kind
    #: As it will be; a record to be deleted as it was, with the next version.
    record: Record
    #: As it was; None where it is new.
    before: Record | None
    #: {field: [old, new]}
    changes: Mapping[str, list[Any]]
    #: For each destination that should hear of it.
    rendered: list[Rendered]
    warnings: Mapping[str, str] = field(default_factory=dict)


def new_values(record_type: RecordType, values: Mapping[str, Any]) -> Cleaned:
    """Of a record to be created. Raises RecordInvalid, UnknownField, FieldOwnedElsewhere."""
    blank = {field.name: field.get_default() for field in record_type.model.data_fields()}
    cleaned = clean(record_type, _with_required(record_type, values), beside=blank)
    _require_ours(record_type, {name: v for name, v in cleaned.values.items() if v != blank[name]})
    return cleaned


def changed_values(record_type: RecordType, record: Record, values: Mapping[str, Any]) -> Cleaned:
    """Those of the values that the record does not have, all of them ours to change.

    Raises RecordInvalid, UnknownField, KeyIsFixed, FieldOwnedElsewhere.
    """
    cleaned = clean(record_type, values, beside=record.values())
    changed = differing(record, cleaned.values)
    if record_type.key_field in changed:
        raise KeyIsFixed({record_type.key_field: ["This cannot be changed once it is saved."]})
    _require_ours(record_type, changed)
    return Cleaned(changed, cleaned.warnings)


def differing(record: Record, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that are not what the record has."""
    return {name: value for name, value in values.items() if value != getattr(record, name)}


def plan_create(record_type: RecordType, cleaned: Cleaned) -> Plan:
    """Raises RemoteCannotTake."""
    record = record_type.model(**cleaned.values, version=1)
    changes = {
        name: [None, value] for name, value in record.values().items() if value not in (None, "")
    }
    return Plan(
        kind=Kind.CREATE,
        record=record,
        before=None,
        changes=changes,
        rendered=render(record_type, Kind.CREATE, record, changes, before=None),
        warnings=cleaned.warnings,
    )


def plan_update(record_type: RecordType, before: Record, cleaned: Cleaned) -> Plan:
    """`cleaned`: values that differ from what the record has. Raises RemoteCannotTake."""
    record = copy(before)
    for name, value in cleaned.values.items():
        setattr(record, name, value)
    record.version += 1
    changes = {name: [getattr(before, name), value] for name, value in cleaned.values.items()}
    return Plan(
        kind=Kind.UPDATE,
        record=record,
        before=before,
        changes=changes,
        rendered=render(record_type, Kind.UPDATE, record, changes, before=before),
        warnings=cleaned.warnings,
    )


def plan_delete(record_type: RecordType, before: Record) -> Plan:
    record = copy(before)
    record.version += 1
    changes = {
        name: [value, None] for name, value in before.values().items() if value not in (None, "")
    }
    return Plan(
        kind=Kind.DELETE,
        record=record,
        before=before,
        changes=changes,
        rendered=render(record_type, Kind.DELETE, record, changes, before=before),
    )


def _with_required(record_type: RecordType, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A required field that was not given is an error on that field, as a blank one is."""
    missing = {
        field.name: ""
        for field in record_type.model.data_fields()
        if not field.blank and not field.has_default() and field.name not in values
    }
    return missing | dict(values)


def _require_ours(record_type: RecordType, names: Mapping[str, Any]) -> None:
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
