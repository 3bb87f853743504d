"""Lines of a file: parts → bytes → text → lines, a bit at a time, from any line on."""

import codecs
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from uploads.contents import ENCODINGS
from uploads.errors import UnusableFile
from uploads.models import Upload

#: In characters: what is longer is no line that anybody wrote.
LONGEST_LINE: Final = 8 * 1024 * 1024

#: Encoding → the marks that a file may begin with, and how its text is encoded behind them. The
#: codecs of the encodings themselves look for a mark wherever the reading begins.
_MARKS: Final[dict[str, dict[bytes, str]]] = {
    "utf-8-sig": {codecs.BOM_UTF8: "utf-8", b"": "utf-8"},
    "utf-16": {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"},
}


@dataclass(frozen=True, slots=True)
class Place:
    """Between two lines: how many bytes and how many lines are before it."""

    byte: int = 0
    line: int = 0


class Lines:
    """An iterator of lines with their ends, which are LF, CRLF or CR. Raises UnusableFile."""

    def __init__(self, upload: Upload, start: Place | None = None) -> None:
        data = _PartsReader(upload)
        self._encoding = upload.encoding
        self._codec, mark = _codec(upload.encoding, data.start)
        self.place = start or Place(byte=len(mark))
        data.go_to(self.place.byte)
        buffered = io.BufferedReader(data, buffer_size=64 * 1024)
        self._text = io.TextIOWrapper(buffered, encoding=self._codec, newline="")

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._read(lambda: self._text.readline(LONGEST_LINE))
        if not line:
            raise StopIteration
        # Encoded again, it is as long as it was: the codecs are strict, and have no marks.
        length = len(line.encode(self._codec))
        self.place = Place(self.place.byte + length, self.place.line + 1)
        if len(line) == LONGEST_LINE:
            raise UnusableFile(
                f"Line {self.place.line} is longer than {LONGEST_LINE:,} characters."
            )
        if "\0" in line:
            raise UnusableFile(f"Line {self.place.line} holds a NUL character: this is not a text.")
        return line

    def sample(self, length: int) -> str:
        """So many characters from here; no lines are read afterwards."""
        return self._read(lambda: self._text.read(length))

    def _read(self, read: Callable[[], str]) -> str:
        try:
            return read()
        except UnicodeError as error:
            name = ENCODINGS.get(self._encoding, self._encoding)
            before = self.place.line
            since = f"After line {before}" if before else "From its first line on"
            raise UnusableFile(
                f"{since}, the file is not {name}. Choose another encoding."
            ) from error


def _codec(encoding: str, start: bytes) -> tuple[str, bytes]:
    """How the text is encoded, and the mark before it."""
    for mark, codec in _MARKS.get(encoding, {}).items():
        if start.startswith(mark):
            return codec, mark
    return encoding, b""


class _PartsReader(io.RawIOBase):
    """The bytes of the parts, one after the other."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._number = 0
        self._waiting = memoryview(self._next_part())
        # All but the last are of the same size, which may have been another when they came.
        self._part_size = len(self._waiting)
        self.start = bytes(self._waiting[:4])

    def go_to(self, byte: int) -> None:
        """Once, before anything is read."""
        number, offset = divmod(byte, self._part_size or 1)
        if number:
            self._number = number
            self._waiting = memoryview(self._next_part())
        self._waiting = self._waiting[offset:]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._waiting:
            self._waiting = memoryview(self._next_part())
        length = min(len(buffer), len(self._waiting))
        buffer[:length] = self._waiting[:length]
        self._waiting = self._waiting[length:]
        return length

    def _next_part(self) -> bytes:
        """b"" behind the last."""
        part = self._upload.parts.filter(number=self._number)
        self._number += 1
        return bytes(part.values_list("data", flat=True).first() or b"")
