"""Withholding: passwords are taken out of a file while it comes in, before anything is stored.

The cells of their columns are emptied; all else stays as it was, line for line. A file without such
columns is passed on as it is.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from uploads.contents import Contents
from uploads.delimiters import declared_delimiter, find_delimiter
from uploads.errors import UnusableFile
from uploads.incoming_lines import IncomingLines
from uploads.passwords import is_withheld
from uploads.reading import SAMPLE

#: In bytes: the header ends within them. As many characters as the delimiter is guessed from have
#: room in it, in any encoding.
HEAD: Final = 4 * SAMPLE

#: In characters: what is passed on at once.
_PIECE: Final = 64 * 1024

#: What remains of a cell of a ragged row: nobody knows which cells are the passwords.
_SOMETHING: Final = "*"

#: Marks of encodings, and how the text behind them is taken apart. Where the letters of ASCII are
#: single bytes, any others are carried through as they are by taking each byte for a character.
_CODECS: Final = {
    codecs.BOM_UTF8: "latin-1",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    b"": "latin-1",
}


def without_passwords(data: Iterable[bytes], delimiter: str = "") -> Iterator[bytes]:
    """The bytes of a file, without its passwords. `delimiter`: "" where nobody said it.

    Raises UnusableFile, for what is no text too.
    """
    pieces = iter(data)
    head, rest = _head(pieces)
    Contents().feed(head)  # what is no CSV at all has better words there
    table = _Table.found(head, delimiter)
    pieces = chain([head, rest], pieces)
    yield from pieces if table is None else table.emptied(pieces)


def _head(pieces: Iterator[bytes]) -> tuple[bytes, bytes]:
    """The first HEAD bytes, or all there are; and what else was read."""
    head = bytearray()
    for piece in pieces:
        head += piece
        if len(head) > HEAD:
            break
    return bytes(head[:HEAD]), bytes(head[HEAD:])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """How a file with passwords is read."""

    mark: bytes
    codec: str
    delimiter: str
    #: Whether the first line does nothing but name the delimiter.
    is_declared: bool
    width: int
    withheld: frozenset[int]

    @classmethod
    def found(cls, head: bytes, delimiter: str) -> "_Table | None":
        """None where no column holds passwords. Raises UnusableFile."""
        mark, codec = next(item for item in _CODECS.items() if head.startswith(item[0]))
        text = _text(head[len(mark) :], codec)
        declared = declared_delimiter(text[:SAMPLE])
        delimiter = delimiter or declared or find_delimiter(text[:SAMPLE])
        header = _header(text, delimiter, skip=bool(declared), is_whole=len(head) < HEAD)
        withheld = frozenset(place for place, name in enumerate(header) if is_withheld(name))
        if not withheld:
            return None
        return cls(
            mark=mark,
            codec=codec,
            delimiter=delimiter,
            is_declared=bool(declared),
            width=len(header),
            withheld=withheld,
        )

    def emptied(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The file of which `pieces` are the bytes. Raises UnusableFile."""
        lines = IncomingLines(pieces, self.codec, skip=len(self.mark))
        yield self.mark
        if self.is_declared:
            yield self._encoded(next(lines))
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=self.delimiter)
        is_header = True
        for cells in lines.rows(self.delimiter):
            writer.writerow(cells if is_header else self._without(cells))
            is_header = is_header and _is_blank(cells)
            if out.tell() >= _PIECE:
                yield self._encoded(out.getvalue())
                out.seek(0)
                out.truncate()
        yield self._encoded(out.getvalue())

    def _without(self, cells: Sequence[str]) -> list[str]:
        if len(cells) != self.width:
            is_blank = _is_blank(cells)
            return ["" if is_blank else _SOMETHING + _line_ends(cell) for cell in cells]
        return [
            _line_ends(cell) if place in self.withheld else cell for place, cell in enumerate(cells)
        ]

    def _encoded(self, text: str) -> bytes:
        return text.encode(self.codec)


def _text(head: bytes, codec: str) -> str:
    """As people read it: names are in any language. It may end in the middle of a letter."""
    if codec != "latin-1":
        return codecs.getincrementaldecoder(codec)("replace").decode(head)
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return head.decode("latin-1")


def _header(text: str, delimiter: str, *, skip: bool, is_whole: bool) -> list[str]:
    """The first row that is not blank; raises UnusableFile where its end is not in sight."""
    lines = io.StringIO(text, newline="")
    if skip:
        lines.readline()
    found: list[str] = []
    # Not strict: what is wrong with its quotation marks is said where the file is read.
    for cells in csv.reader(lines, delimiter=delimiter):
        if not _is_blank(cells):
            found = cells
            break
    if lines.tell() == len(text) and not is_whole:
        raise UnusableFile(
            f"The line with the columns' names does not end within the first {HEAD // 1024} KB."
            " Perhaps a quotation mark in it is not closed."
        )
    return found


def _is_blank(cells: Sequence[str]) -> bool:
    return not any(cell.strip() for cell in cells)


def _line_ends(cell: str) -> str:
    """So that every line keeps its number."""
    return "".join(char for char in cell if char in "\r\n")
