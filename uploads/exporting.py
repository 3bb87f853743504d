"""Files to take away: an empty one with all columns, and the rows that were not saved."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q

from records.actions import Verdict
from records.registry import RecordType
from uploads.columns import fields_of
from uploads.models import State, Upload, UploadRow
from uploads.neutral import MISSING, REASON, neutral

_AT_ONCE: Final = 500
#: By which spreadsheets know UTF-8.
_MARK: Final = "\ufeff"


def template(record_type: RecordType) -> str:
    """A file with every column that there can be, and no row."""
    labels = [str(field.verbose_name) for field in fields_of(record_type).values()]
    return _MARK + _line([label[:1].upper() + label[1:] for label in labels], ",")


def refused_rows(upload: Upload) -> Iterator[str]:
    """Line by line: why each row was refused, and the columns of the file as it was.

    The reason comes first, where it stands under its own name however wide the row is. A row with
    too many or too few cells stays so, or it would pass for a good one.
    """
    delimiter = upload.delimiter or ","
    ours = upload.header.index(REASON) if REASON in upload.header else None
    header = [name for name in upload.header if name != REASON]
    yield _MARK + _line([REASON, *map(neutral, header)], delimiter)
    for row in _in_order(upload):
        cells = list(row.cells)
        # Of a ragged row only the first column is known to be what it is.
        if ours == 0 or (ours is not None and len(cells) == len(upload.header)):
            del cells[ours : ours + 1]
        cells += [MISSING] * (len(header) - len(cells))
        yield _line([f"Line {row.line}: {why(row)}", *map(neutral, cells)], delimiter)


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
    """The rows that are in no record: refused, or left behind when the upload was stopped.

    Doubles are not among them: uploaded again by themselves they would be right, and would
    overwrite what the row with their key has saved.
    """
    return _left(upload).exclude(_is_double(upload)).order_by("number")


def doubles(upload: Upload) -> int:
    """How many refused rows have a key that another row of the file was taken for."""
    return int(_left(upload).filter(_is_double(upload)).count())


def told_of_doubles(number: int) -> str:
    """In words; "" where there are none."""
    if not number:
        return ""
    rows = "1 refused row is" if number == 1 else f"{number:,} refused rows are"
    return f"{rows} not in it: another row of the file has the same key, and that one counts."


def _left(upload: Upload) -> Any:
    return upload.rows.filter(_is_left(upload))


def _is_left(upload: Upload) -> Q:
    left = Q(verdict=Verdict.REFUSED)
    if upload.state in (State.CANCELLED, State.FAILED):
        left |= Q(verdict__in=[Verdict.NEW, Verdict.CHANGED], number__gt=upload.saved_through)
    return left


def _is_double(upload: Upload) -> Exists:
    return Exists(upload.rows.filter(~_is_left(upload), key=OuterRef("key")))


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
