"""Values: from the cells of a row to the raw values of a record's fields."""

from collections.abc import Sequence
from typing import Final

from records.context import Source
from uploads.columns import by_field
from uploads.models import Upload

#: What other systems write for nothing.
_PERHAPS_BLANK: Final = frozenset({"NULL", "null", "\\N", "#N/A", "N/A", "n/a"})


class RowValues:
    """How the rows of one upload are turned into values."""

    def __init__(self, upload: Upload) -> None:
        self._places = by_field(upload.columns)
        self._blank: str = upload.blank
        is_command = upload.source == Source.COMMAND
        where = "with --blank" if is_command else "under “Text that means empty”"
        self._hint = f"say so {where}"
        self._fixed: dict[str, str] = upload.fixed
        self._translations: dict[str, dict[str, str]] = upload.translations

    def of(self, cells: Sequence[str]) -> dict[str, str]:
        """Field → text; an empty cell empties the field."""
        return {
            name: self._value(name, [cells[place] for place in places])
            for name, places in self._places.items()
        } | self._fixed

    def warnings(self, cells: Sequence[str]) -> dict[str, str]:
        """Field → where it may be meant to be empty, and nobody said how the file writes that."""
        if self._blank:
            return {}
        return {
            name: f"The file says {cell}, which is kept as text. If that means empty, {self._hint}."
            for name, places in self._places.items()
            if name not in self._fixed
            for cell in (cells[place].strip() for place in places)
            if cell in _PERHAPS_BLANK and cell not in self._translations.get(name, {})
        }

    def _value(self, name: str, cells: Sequence[str]) -> str:
        told = ["" if self._blank and cell.strip() == self._blank else cell for cell in cells]
        # One column stays as it is typed; of several, the empty ones leave no blank behind.
        value = told[0] if len(told) == 1 else " ".join(filter(None, map(str.strip, told)))
        return self._translations.get(name, {}).get(value, value)
