"""Cells that a spreadsheet would run as formulas, written so that it does not, and read back.

Only files that were written here are read back so, which the column REASON tells. In others a
leading apostrophe is what somebody typed.
"""

from typing import Final

#: The column that the files of refused rows have, and no other file.
REASON: Final = "Why it was refused"

#: In these files it stands for a cell that a row lacks: a spreadsheet fills up short rows, and then
#: they would pass for good ones.
MISSING: Final = "(no cell)"

#: OWASP, "CSV Injection". The apostrophe itself is marked too, so that none is ever lost.
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def neutral(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_RISKY) else cell


def restored(cell: str) -> str:
    return cell.removeprefix("'")
