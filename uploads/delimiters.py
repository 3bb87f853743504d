"""The delimiter: the candidate by which the first rows are as wide as the header."""

import csv
import io
import re
from typing import Final

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}

_ROWS: Final = 25

#: The first line with which Excel is told the delimiter.
_DECLARED: Final = re.compile(r'"?sep=([,;\t|])"?[\r\n]', re.IGNORECASE)


def declared_delimiter(sample: str) -> str:
    """What the first line says, where it says nothing else; "" where it is the header."""
    found = _DECLARED.match(sample)
    return found[1] if found else ""


def find_delimiter(sample: str) -> str:
    """From the start of a file. A file of one column has none: then it is the comma."""
    return max(DELIMITERS, key=lambda delimiter: _fit(sample, delimiter))


def _fit(sample: str, delimiter: str) -> tuple[float, int]:
    """How many rows are as wide as the header, and how wide that is; larger is better."""
    widths = _widths(sample, delimiter)
    if not widths or widths[0] < 2:
        return (0.0, 0)
    alike = sum(width == widths[0] for width in widths) / len(widths)
    return (alike, widths[0])


def _widths(sample: str, delimiter: str) -> list[int]:
    widths: list[int] = []
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if cells:
                widths.append(len(cells))
            if len(widths) == _ROWS:
                return widths
    except csv.Error:
        pass
    # The sample may end in the middle of the last row.
    return widths[:-1] if len(widths) > 1 else widths
