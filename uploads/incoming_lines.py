"""Lines of a file while it comes in, and their cells: bytes → text → lines → rows."""

import csv
import io
from collections.abc import Iterator
from typing import Final

from uploads.errors import UnusableFile
from uploads.lines import LONGEST_LINE
from uploads.reading import broken_quotation

_BUFFER: Final = 64 * 1024  # bytes


class IncomingLines:
    """The lines of a file as they come in. Raises UnusableFile."""

    def __init__(self, pieces: Iterator[bytes], codec: str, *, skip: int) -> None:
        data = io.BufferedReader(_Pieces(pieces), buffer_size=_BUFFER)
        data.read(skip)
        self._text = io.TextIOWrapper(data, encoding=codec, newline="")
        self._number = 0
        #: Characters since the row began.
        self._row = 0

    def __iter__(self) -> "IncomingLines":
        return self

    def __next__(self) -> str:
        try:
            line = self._text.readline(LONGEST_LINE)
        except UnicodeError as error:
            since = f"After line {self._number}" if self._number else "From its first line on"
            raise UnusableFile(f"{since}, the file is not UTF-16.") from error
        if not line:
            raise StopIteration
        self._number += 1
        self._row += len(line)
        if self._row >= LONGEST_LINE:  # a line, or lines that quotation marks hold together
            raise UnusableFile(
                f"The row up to line {self._number} is longer than {LONGEST_LINE:,} characters."
            )
        return line

    def rows(self, delimiter: str) -> Iterator[list[str]]:
        """All that follow, blank ones too."""
        reader = csv.reader(self, delimiter=delimiter, strict=True)
        while True:
            first, self._row = self._number + 1, 0
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise UnusableFile(broken_quotation(first, error)) from error


class _Pieces(io.RawIOBase):
    """Bytes that come in pieces of any length, to be read like a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._waiting = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._waiting:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._waiting = memoryview(piece)
        length = min(len(buffer), len(self._waiting))
        buffer[:length] = self._waiting[:length]
        self._waiting = self._waiting[length:]
        return length
