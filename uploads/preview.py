"""Preview: the rows of an upload as a person compares them, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet

from records.actions import Verdict
from records.display import EMPTY, shown
from records.registry import RecordType
from uploads.columns import by_field
from uploads.models import State, Upload, UploadRow

PAGE_SIZE: Final = 25
WARNED: Final = "warned"

#: What is shown first: what needs a decision comes before what does not.
_TABS: Final = {
    Verdict.REFUSED.value: "refused",
    Verdict.NEW.value: "new",
    Verdict.CHANGED.value: "changed",
    WARNED: "with a warning",
    Verdict.UNCHANGED.value: "unchanged",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    name: str
    label: str
    count: int
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    label: str
    #: None for a new record.
    old: str | None
    new: str
    warning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    #: Of the file; "" where it is the row as a whole.
    column: str
    value: str
    texts: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    line: int
    key: str
    differences: Sequence[Difference]
    problems: Sequence[Problem]
    #: Of values that were not changed, or of a row that is refused.
    warnings: Sequence[tuple[str, str]]
    #: Cancelled before it was saved.
    is_left: bool


class Preview:
    def __init__(self, upload: Upload, *, show: str) -> None:
        self._upload = upload
        self.counts = _counts(upload)
        some = [name for name in _TABS if self.counts[name] and name != WARNED]
        self.show = show if show in _TABS else next(iter(some), Verdict.NEW.value)

    @property
    def tabs(self) -> list[Tab]:
        return [
            Tab(name=name, label=label, count=self.counts[name], is_open=name == self.show)
            for name, label in _TABS.items()
        ]

    def page(self, number: Any) -> Page[UploadRow]:
        rows: QuerySet[UploadRow] = self._upload.rows.order_by("number")
        shown = {"warned": True} if self.show == WARNED else {"verdict": self.show}
        return _Counted(rows.filter(**shown), PAGE_SIZE, total=self.counts[self.show]).get_page(
            number
        )

    def rows(self, page: Page[UploadRow]) -> list[ShownRow]:
        table = _Table(self._upload)
        return [table.row(row) for row in page.object_list]


class _Counted(Paginator[UploadRow]):
    """Whose rows have been counted already."""

    def __init__(self, rows: QuerySet[UploadRow], per_page: int, *, total: int) -> None:
        super().__init__(rows, per_page)
        self._total = total

    @cached_property
    def count(self) -> int:
        return self._total


def _counts(upload: Upload) -> dict[str, int]:
    """While a person decides they stand in the upload; saving may have changed some."""
    if upload.state == State.READY:
        return {name: getattr(upload, name) for name in _TABS}
    found = upload.rows.values_list("verdict").annotate(count=Count("number")).order_by()
    return dict.fromkeys(_TABS, 0) | dict(found) | {WARNED: upload.warned}


class _Table:
    """How the rows of one upload are shown."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._kind: RecordType = upload.kind
        self._fields = {field.name: field for field in self._kind.model.data_fields()}
        self._places = by_field(upload.columns)

    def row(self, row: UploadRow) -> ShownRow:
        warnings: dict[str, str] = row.warnings
        differences = [
            self._difference(name, old, new, warnings, is_new=row.version is None)
            for name, (old, new) in row.changes.items()
            if name != self._kind.key_field  # it stands above them
        ]
        return ShownRow(
            line=row.line,
            key=row.key,
            differences=differences,
            problems=[self._problem(row, name, texts) for name, texts in row.problems.items()],
            warnings=[
                (self._label(name), text)
                for name, text in warnings.items()
                if name not in row.changes
            ],
            is_left=row.verdict in (Verdict.NEW, Verdict.CHANGED)
            and not self._upload.is_active
            and self._upload.state != State.READY
            and row.number > self._upload.saved_through,
        )

    def _difference(
        self, name: str, old: Any, new: Any, warnings: dict[str, str], *, is_new: bool
    ) -> Difference:
        return Difference(
            label=self._label(name),
            old=None if is_new else self._shown(name, old),
            new=self._shown(name, new),
            warning=warnings.get(name, ""),
        )

    def _problem(self, row: UploadRow, name: str, texts: Sequence[str]) -> Problem:
        places = [place for place in self._places.get(name, []) if place < len(row.cells)]
        value = " ".join(row.cells[place] for place in places)
        return Problem(
            column=column_of(self._upload, name),
            value="" if any(value in text for text in texts) else _short(value),
            texts=texts,
        )

    def _label(self, name: str) -> str:
        field = self._fields.get(name)
        return str(field.verbose_name) if field else name

    def _shown(self, name: str, value: Any) -> str:
        field = self._fields.get(name)
        return _short(shown(field, value) if field else str(value or EMPTY))


def column_of(upload: Upload, name: str) -> str:
    """What a person calls a field: by its column, or by its label; "" for the row as a whole."""
    columns = [upload.header[place] for place in by_field(upload.columns).get(name, [])]
    labels = {field.name: str(field.verbose_name) for field in upload.kind.model.data_fields()}
    return " + ".join(columns) or labels.get(name, name)


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"
