"""A batch: many rows, each of which creates a record or changes one, in few statements.

In two steps, so that nothing is locked while values are cleaned: `prepare_rows` reads and compares,
`save_rows` writes what is still as it was read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, assert_never
from uuid import UUID

from django.db import models

from records.actions.locking import all_locked, require_version
from records.actions.planning import (
    Plan,
    changed_values,
    new_values,
    plan_create,
    plan_update,
)
from records.actions.writing import write
from records.cleaning import clean
from records.context import EditContext
from records.errors import KeyTaken, RecordError, RecordInvalid, RecordMissing
from records.models import Record
from records.registry import RecordType


class Expected(Enum):
    """What a row takes for granted of the record that it names."""

    ANYTHING = "anything"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Seen:
    """Likewise: that it is this record, which nobody has edited since this version.

    A version alone would not do: versions begin anew when a key is deleted and created again.
    """

    record_id: UUID
    version: int


class Verdict(models.TextChoices):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    #: Field → raw value, the key among them.
    values: Mapping[str, Any]
    #: Of its edit context.
    reference: str = ""
    expected: Seen | Expected = Expected.ANYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A row, and what it would do to the record as it was read."""

    row: Row
    #: "" where the row has none that could be one.
    key: str
    record: Record | None = None
    #: None where nothing is to be written.
    plan: Plan | None = None
    warnings: Mapping[str, str] = field(default_factory=dict)
    refusal: RecordError | None = None

    @property
    def verdict(self) -> Verdict:
        if self.refusal is not None:
            return Verdict.REFUSED
        if self.plan is None:
            return Verdict.UNCHANGED
        return Verdict.NEW if self.plan.before is None else Verdict.CHANGED

    @property
    def version(self) -> int | None:
        """Of the record; None where there is none."""
        return self.record.version if self.record else None

    @property
    def changes(self) -> Mapping[str, list[Any]]:
        return self.plan.changes if self.plan else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What became of a prepared row; `prepared` is as it was when it was saved."""

    prepared: Prepared
    #: Of the change log; None where nothing was written.
    edit_id: UUID | None = None
    #: How many went into the outbox.
    messages: int = 0

    @property
    def verdict(self) -> Verdict:
        return self.prepared.verdict

    @property
    def warnings(self) -> Mapping[str, str]:
        return self.prepared.warnings

    @property
    def refusal(self) -> RecordError | None:
        return self.prepared.refusal


def prepare_rows(record_type: RecordType, rows: Sequence[Row]) -> list[Prepared]:
    """Clean and compare, without lock and without transaction; each row is taken by itself."""
    keys = [_key(record_type, row) for row in rows]
    named = [key for key in keys if key]
    found = {
        record.key: record
        for record in record_type.model.objects.filter(**{f"{record_type.key_field}__in": named})
    }
    return [
        _prepare(record_type, row, key, found.get(key)) for row, key in zip(rows, keys, strict=True)
    ]


def save_rows(
    record_type: RecordType, prepared: Sequence[Prepared], *, context: EditContext
) -> list[Saved]:
    """Write what is to be written, in the caller's transaction; what is returned is in its order.

    Raises ValueError where two rows have the same key, and IntegrityError where somebody else
    creates one of the records meanwhile: roll back, and prepare the rows anew.
    """
    keys = [item.key for item in prepared if item.key]
    if len(set(keys)) < len(keys):
        raise ValueError("Two rows of one batch have the same key.")
    there = all_locked(record_type, keys)
    current = [_as_it_is_now(record_type, item, there.get(item.key)) for item in prepared]
    edits = iter(
        write(
            record_type,
            [
                (item.plan, replace(context, reference=item.row.reference or context.reference))
                for item in current
                if item.plan is not None
            ],
        )
    )
    saved = []
    for item in current:
        edit = next(edits) if item.plan is not None else None
        saved.append(
            Saved(
                prepared=item,
                edit_id=edit.change.id if edit and edit.change else None,
                messages=len(edit.messages) if edit else 0,
            )
        )
    return saved


def _prepare(record_type: RecordType, row: Row, key: str, found: Record | None) -> Prepared:
    try:
        if found is None:
            cleaned = new_values(record_type, row.values)
            plan: Plan | None = plan_create(record_type, cleaned)
        else:
            cleaned = changed_values(record_type, found, row.values)
            plan = plan_update(record_type, found, cleaned) if cleaned.values else None
    except RecordError as refusal:
        return Prepared(row=row, key=key, record=found, refusal=refusal)
    return Prepared(row=row, key=key, record=found, plan=plan, warnings=cleaned.warnings)


def _as_it_is_now(record_type: RecordType, item: Prepared, found: Record | None) -> Prepared:
    """The row against the locked record, and against what it takes for granted."""
    if _identity(found) != _identity(item.record):
        item = _prepare(record_type, item.row, item.key, found)
    if item.plan is None:
        return item
    try:
        _require_expected(record_type, item, found)
    except RecordError as refusal:
        return replace(item, plan=None, refusal=refusal)
    return item


def _require_expected(record_type: RecordType, item: Prepared, found: Record | None) -> None:
    match item.row.expected:
        case Expected.ANYTHING:
            return
        case Expected.ABSENT:
            if found is not None:
                raise KeyTaken(
                    {
                        record_type.key_field: [
                            f"Somebody else has created {record_type.title} {item.key} meanwhile."
                        ]
                    }
                )
        case Seen(record_id, version):
            if found is None or found.pk != record_id:
                raise RecordMissing(
                    f"Somebody has deleted {record_type.title} {item.key} meanwhile."
                )
            require_version(found, version)
        case _ as never:
            assert_never(never)


def _identity(record: Record | None) -> tuple[UUID, int] | None:
    return (record.pk, record.version) if record else None


def _key(record_type: RecordType, row: Row) -> str:
    """The key as it would be saved; "" where it could not be, and the row's refusal says why."""
    name = record_type.key_field
    raw = row.values.get(name)
    try:
        return str(clean(record_type, {name: raw}, beside={}).values[name] or "")
    except RecordInvalid:
        return ""
