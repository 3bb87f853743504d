"""A conflict: two people edited one record, and the second sees both versions side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from records.forms import RecordForm
from records.models import Change, Record
from records.pages import RecordPages


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    name: str
    label: str
    yours: str
    theirs: str
    #: As their value stands in the form's field.
    theirs_typed: str
    #: Whether you changed it, and whether they did.
    by_you: bool
    by_them: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    #: Their edits since you opened the form, newest first.
    edits: Sequence[Change]
    differences: Sequence[Difference]
    #: The form to show: what you typed, on top of their version.
    data: QueryDict


def find_conflict(pages: RecordPages, form: RecordForm[Any], record: Record) -> Conflict:
    """Compare a valid form with the record as it is now.

    A field that you left as you had found it takes their value: otherwise saving again would undo
    an edit that you never saw.
    """
    edits = list(
        Change.objects.filter(
            record_id=record.pk, version__gt=form.cleaned_data["seen_version"]
        ).order_by("-version")
    )
    seen = _as_seen(pages, record, edits)
    now = pages.form(instance=record)
    data = QueryDict(mutable=True)
    data.update(form.data)
    data["seen_version"] = str(record.version)
    differences = []
    for name in form.editable:
        yours, theirs = form.cleaned_data[name], getattr(record, name)
        theirs_typed = _typed(now, name)
        by_you, by_them = yours != seen[name], theirs != seen[name]
        if yours == theirs:
            continue
        if not by_you:
            data[name] = theirs_typed
        differences.append(
            Difference(
                name=name,
                label=pages.label(name),
                yours=pages.shown(name, yours),
                theirs=pages.shown(name, theirs),
                theirs_typed=theirs_typed,
                by_you=by_you,
                by_them=by_them,
            )
        )
    return Conflict(edits=edits, differences=differences, data=data)


def _as_seen(pages: RecordPages, record: Record, edits: Sequence[Change]) -> dict[str, Any]:
    """The values when the form was opened: their edits taken back, the newest first."""
    seen = record.values()
    for edit in edits:
        for name, (old, _) in edit.changes.items():
            field = pages.field(name)
            if field is not None:
                seen[name] = field.to_python(old) if old is not None else field.get_default()
    return seen


def _typed(form: RecordForm[Any], name: str) -> str:
    value = form[name].value()
    return "" if value is None else str(value)
