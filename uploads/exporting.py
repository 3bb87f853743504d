"""Files to take away: an empty one with all columns, and the rows that were not saved."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.db.models import Q

from records.actions import Verdict
from records.registry import RecordType
from uploads.columns import fields_of
from uploads.models import State, Upload, UploadRow
from uploads.neutral import REASON, neutral

_AT_ONCE: Final = 500
#: By which spreadsheets know UTF-8.
_MARK: Final = "\ufeff"


def template(record_type: RecordType) -> str:
    """A file with every column that there can be, and no row."""
    labels = [str(field.verbose_name) for field in fields_of(record_type).values()]
    return _MARK + _line([label[:1].upper() + label[1:] for label in labels], ",")


def refused_rows(upload: Upload) -> Iterator[str]:
    """Line by line: the columns of the file as it was, and why each row was refused.

    A row with too many or too few cells stays so, or it would pass for a good one.
    """
    delimiter = upload.delimiter or ","
    ours = upload.header.index(REASON) if REASON in upload.header else None
    header = [name for name in upload.header if name != REASON]
    yield _MARK + _line([*map(neutral, header), REASON], delimiter)
    for row in _in_order(upload):
        cells = list(row.cells)
        if ours is not None and len(cells) == len(upload.header):
            del cells[ours]
        yield _line([*map(neutral, cells), f"Line {row.line}: {why(row)}"], delimiter)


def why(row: UploadRow) -> str:
    """In one line."""
    if not row.problems:
        return "not saved: the upload was stopped before."
    return " ".join(
        f"{field}: {text}" if field else text
        for field, texts in row.problems.items()
        for text in texts
    )


def not_saved(upload: Upload) -> Any:
    """The rows of an upload that are in no record: refused, or left behind when it was stopped."""
    left = Q(verdict=Verdict.REFUSED)
    if upload.state in (State.CANCELLED, State.FAILED):
        left |= Q(verdict__in=[Verdict.NEW, Verdict.CHANGED], number__gt=upload.saved_through)
    return upload.rows.filter(left).order_by("number")


def _in_order(upload: Upload) -> Iterable[UploadRow]:
    last = 0
    while rows := list(not_saved(upload).filter(number__gt=last)[:_AT_ONCE]):
        yield from rows
        last = rows[-1].number


def _line(cells: Sequence[str], delimiter: str) -> str:
    written: list[str] = []
    csv.writer(_Into(written), delimiter=delimiter).writerow(cells)
    return written[0]


class _Into:
    """What csv.writer writes into: a list of lines."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append
