"""Reading a file: parts → bytes → text → rows, a bit at a time, so that memory stays flat."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from uploads.columns import is_withheld, same_name
from uploads.contents import ENCODINGS
from uploads.delimiters import find_delimiter
from uploads.errors import UnusableFile
from uploads.models import Upload
from uploads.neutral import REASON, restored

#: In characters. The first is a problem of the row, the second of the file.
LONGEST_CELL: Final = 128 * 1024
LONGEST_ROW: Final = 8 * 1024 * 1024
#: How much of the file the delimiter is guessed from, in characters.
SAMPLE: Final = 64 * 1024
MOST_COLUMNS: Final = 1000

# The limit of the csv module would end the whole file; ours are looked at row by row.
csv.field_size_limit(LONGEST_ROW)


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
        self._bytes = _PartsReader(upload)
        self._lines = _Lines(self._bytes, upload.encoding)
        self.delimiter = upload.delimiter or find_delimiter(self._sample())
        self._reader = csv.reader(self._lines, delimiter=self.delimiter, strict=True)
        self.header = self._read_header()
        self._is_ours = REASON in self.header
        self._withheld = {place for place, name in enumerate(self.header) if is_withheld(name)}

    @property
    def bytes_read(self) -> int:
        return self._bytes.position

    def rows(self) -> Iterator[FileRow]:
        """From where the reading stands; blank lines are left out."""
        for number, (line, cells) in enumerate(self._records(), start=1):
            problem = self._problem(cells)
            if self._is_ours:
                cells = [restored(cell) for cell in cells]
            cells = self._without_withheld(cells)
            if problem:
                cells = [cell[:LONGEST_CELL] for cell in cells[:MOST_COLUMNS]]
            yield FileRow(number=number, line=line, cells=cells, problem=problem)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        while True:
            line = self._lines.number + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise UnusableFile(_broken(line, error)) from error
            if cells and any(cell.strip() for cell in cells):
                yield line, cells

    def _problem(self, cells: Sequence[str]) -> str:
        if len(cells) != len(self.header):
            which = "more" if len(cells) > len(self.header) else "fewer"
            return f"The row has {which} cells ({len(cells)}) than the header ({len(self.header)})."
        for name, cell in zip(self.header, cells, strict=True):
            if len(cell) > LONGEST_CELL:
                return f"The cell in the column {name} is too long: {len(cell)} characters."
        return ""

    def _without_withheld(self, cells: list[str]) -> list[str]:
        """Of a ragged row nobody knows which cells they are: then it keeps none."""
        if not self._withheld:
            return cells
        if len(cells) != len(self.header):
            return []
        return ["" if place in self._withheld else cell for place, cell in enumerate(cells)]

    def _sample(self) -> str:
        """The start of the file, read apart from the reading proper."""
        return _Lines(_PartsReader(self._upload), self._upload.encoding).start(SAMPLE)

    def _read_header(self) -> list[str]:
        found = next(self._records(), None)
        if found is None:
            raise UnusableFile("The file has no rows, not even a header with the columns' names.")
        header = [name.strip() for name in found[1]]
        if REASON in header:
            header = [restored(name) for name in header]
        if len(header) > MOST_COLUMNS:
            raise UnusableFile(f"The file has more than {MOST_COLUMNS} columns.")
        for number, name in enumerate(header, start=1):
            if not name:
                raise UnusableFile(
                    f"Column {number} has no name: the first line must name every column."
                )
            for other in header[: number - 1]:
                if same_name(name) == same_name(other):
                    raise UnusableFile(f"Two columns of the file are called {name}.")
        return header


class _PartsReader(io.RawIOBase):
    """The bytes of the parts, one after the other."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._number = 0
        self._waiting = memoryview(b"")
        self.position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._waiting:
            data = (
                self._upload.parts.filter(number=self._number)
                .values_list("data", flat=True)
                .first()
            )
            self._number += 1
            self._waiting = memoryview(data or b"")
        length = min(len(buffer), len(self._waiting))
        buffer[:length] = self._waiting[:length]
        self._waiting = self._waiting[length:]
        self.position += length
        return length


class _Lines:
    """An iterator of lines with their ends, which are LF, CRLF or CR. Counts them."""

    def __init__(self, data: _PartsReader, encoding: str) -> None:
        self._encoding = encoding
        buffered = io.BufferedReader(data, buffer_size=64 * 1024)
        self._text = io.TextIOWrapper(buffered, encoding=encoding, newline="")
        self.number = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._read(lambda: self._text.readline(LONGEST_ROW))
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == LONGEST_ROW:
            raise UnusableFile(f"Line {self.number} is longer than {LONGEST_ROW:,} characters.")
        if "\0" in line:
            raise UnusableFile(f"Line {self.number} holds a NUL character: this is not a text.")
        return line

    def start(self, length: int) -> str:
        return self._read(lambda: self._text.read(length))

    def _read(self, read: Callable[[], str]) -> str:
        try:
            return read()
        except UnicodeError as error:
            name = ENCODINGS.get(self._encoding, self._encoding)
            raise UnusableFile(
                f"After line {self.number}, the file is not {name}. Choose another encoding."
            ) from error


def _broken(line: int, error: csv.Error) -> str:
    """`line` is where the row starts: the place where a quotation mark was forgotten."""
    return (
        f"The row that starts in line {line} has a quotation mark that is not closed, or one inside"
        f" a quoted cell that is not doubled. Mend that line and upload the file again. ({error})"
    )
