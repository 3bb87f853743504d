"""Reading a file: lines → rows, a bit at a time, so that memory stays flat."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from uploads.columns import same_name
from uploads.delimiters import declared_delimiter, find_delimiter
from uploads.errors import UnusableFile
from uploads.lines import LONGEST_LINE, Lines, Place
from uploads.models import Upload
from uploads.neutral import MISSING, REASON, restored
from uploads.passwords import is_withheld

#: In characters.
LONGEST_CELL: Final = 128 * 1024
LONGEST_NAME: Final = 200
#: How much of the file the delimiter is guessed from, in characters.
SAMPLE: Final = 64 * 1024
#: The form that matches them has a box for each, and a form has at most so many boxes:
#: DATA_UPLOAD_MAX_NUMBER_FIELDS.
MOST_COLUMNS: Final = 500

# The limit of the csv module would end the whole file; ours are looked at row by row.
csv.field_size_limit(LONGEST_LINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    number: int
    #: Where it starts, counted as an editor counts lines.
    line: int
    cells: Sequence[str]
    #: Why it cannot be used; "" where it can.
    problem: str = ""


class FileReader:
    """The rows of an upload. All that reads raises UnusableFile."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._lines = Lines(upload)
        sample = Lines(upload).sample(SAMPLE)
        declared = declared_delimiter(sample)
        if declared:
            next(self._lines)
        self.delimiter = upload.delimiter or declared or find_delimiter(sample)
        self._reader = self._csv_reader()
        self._rows_before = 0
        self.header = self._read_header()
        self._is_ours = REASON in self.header
        self._withheld = {place for place, name in enumerate(self.header) if is_withheld(name)}

    @property
    def place(self) -> Place:
        """Where the next row is looked for."""
        return self._lines.place

    def go_on_at(self, place: Place, *, rows_before: int) -> None:
        """Where another reader had come to, so many rows behind the header."""
        self._lines = Lines(self._upload, place)
        self._reader = self._csv_reader()
        self._rows_before = rows_before

    def rows(self) -> Iterator[FileRow]:
        """From where the reading stands; blank lines are left out."""
        for number, (line, cells) in enumerate(self._records(), start=self._rows_before + 1):
            if self._is_ours:
                cells = [restored(cell) for cell in self._without_padding(cells)]
            problem = self._problem(cells)
            cells = self._without_withheld(cells)
            if problem:
                cells = [cell[:LONGEST_CELL] for cell in cells[:MOST_COLUMNS]]
            yield FileRow(number=number, line=line, cells=cells, problem=problem)

    def _csv_reader(self) -> Iterator[list[str]]:
        return csv.reader(self._lines, delimiter=self.delimiter, strict=True)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        while True:
            line = self._lines.place.line + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise UnusableFile(broken_quotation(line, error)) from error
            if cells and any(cell.strip() for cell in cells):
                yield line, cells

    def _problem(self, cells: Sequence[str]) -> str:
        if len(cells) != len(self.header):
            which = "more" if len(cells) > len(self.header) else "fewer"
            return f"The row has {which} cells ({len(cells)}) than the header ({len(self.header)})."
        if self._is_ours and MISSING in cells:
            return f"The row has fewer cells than the header. Fill in, or empty, each {MISSING}."
        for name, cell in zip(self.header, cells, strict=True):
            if len(cell) > LONGEST_CELL:
                return f"The cell in the column {name} is too long: {len(cell)} characters."
        return ""

    def _without_padding(self, cells: list[str]) -> list[str]:
        """Spreadsheets fill up rows with empty cells, to the width of the widest."""
        padding = cells[len(self.header) :]
        return cells if any(padding) else cells[: len(self.header)]

    def _without_withheld(self, cells: list[str]) -> list[str]:
        """Of a ragged row nobody knows which cells they are: then it keeps none."""
        if not self._withheld:
            return cells
        if len(cells) != len(self.header):
            return []
        return ["" if place in self._withheld else cell for place, cell in enumerate(cells)]

    def _read_header(self) -> list[str]:
        found = next(self._records(), None)
        if found is None:
            raise UnusableFile("The file has no rows, not even a header with the columns' names.")
        header = [name.strip() for name in found[1]]
        if REASON in header:
            header = [restored(name) for name in header]
            while not header[-1]:  # filled up by a spreadsheet
                del header[-1]
        _check_names(header)
        return header


def _check_names(header: Sequence[str]) -> None:
    if len(header) > MOST_COLUMNS:
        raise UnusableFile(f"The file has more than {MOST_COLUMNS} columns.")
    seen = set()
    for number, name in enumerate(header, start=1):
        if not name:
            raise UnusableFile(
                f"Column {number} has no name: the first line must name every column."
            )
        if len(name) > LONGEST_NAME:
            raise UnusableFile(
                f"The name of column {number} is longer than {LONGEST_NAME} characters:"
                " the first line must hold nothing but the columns' names."
            )
        compared = same_name(name)
        if compared in seen:
            raise UnusableFile(
                f"Two columns of the file are called {name}. Rename one of them in the file and"
                " upload it again."
            )
        seen.add(compared)


def broken_quotation(line: int, error: csv.Error) -> str:
    """`line` is where the row starts: the place where a quotation mark was forgotten."""
    return (
        f"The row that starts in line {line} has a quotation mark that is not closed, or one inside"
        f" a quoted cell that is not doubled. Mend that line and upload the file again. ({error})"
    )
