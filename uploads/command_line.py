"""What the options of `import_csv` say of a file."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from records.registry import RecordType
from uploads.columns import check_columns, fields_of, match_columns, require_key
from uploads.delimiters import DELIMITERS
from uploads.errors import UnusableFile
from uploads.models import Upload
from uploads.reading import FileReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    #: Column → field, as said by hand.
    columns: Mapping[str, str]
    #: Fields of the upload.
    how_to_read: Mapping[str, Any]

    @classmethod
    def of(cls, kind: RecordType, given: Mapping[str, Any]) -> "Options":
        """Raises UnusableFile."""
        columns, fixed = _pairs(given["column"]), _pairs(given["set"])
        translations: dict[str, dict[str, str]] = defaultdict(dict)
        for place, new in _pairs(given["value"]).items():
            field, _, old = place.partition(":")
            translations[field][old] = new
        fields = fields_of(kind)
        named = [*columns.values(), *fixed, *translations]
        if unknown := [name for name in named if name not in fields]:
            raise UnusableFile(
                f"There is no field {', '.join(unknown)} that a file can set. "
                f"Fields: {', '.join(sorted(fields))}."
            )
        return cls(
            columns=columns,
            how_to_read={
                "encoding": given["encoding"],
                "delimiter": _delimiter(given["delimiter"]),
                "blank": given["blank"],
                "fixed": fixed,
                "translations": translations,
            },
        )


def match_by_hand(upload: Upload, by_hand: Mapping[str, str]) -> None:
    """Match the columns, those by hand first. Raises UnusableFile."""
    reader = FileReader(upload)
    missing = [column for column in by_hand if column not in reader.header]
    if missing:
        raise UnusableFile(f"The file has no column {', '.join(missing)}.")
    columns = [
        by_hand.get(column, None if field in by_hand.values() else field)
        for column, field in zip(
            reader.header, match_columns(upload.kind, reader.header), strict=True
        )
    ]
    check_columns(upload.kind, reader.header, columns)
    require_key(upload.kind, reader.header, columns, upload.fixed)
    upload.change(header=reader.header, columns=columns, delimiter=reader.delimiter)


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        left, found, right = text.partition("=")
        if not found:
            raise UnusableFile(f"{text!r} should have the form NAME=VALUE.")
        pairs[left] = right
    return pairs


def _delimiter(given: str) -> str:
    delimiter = {"\\t": "\t", "tab": "\t"}.get(given, given)
    if delimiter and delimiter not in DELIMITERS:
        raise UnusableFile(f"The delimiter {given!r} is not one of , ; | and tab.")
    return delimiter
