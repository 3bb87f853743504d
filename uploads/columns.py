"""Columns: which column of a file is which field of the record."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.db import models

from outbox.conf import destination
from records.ownership import remote_owners
from records.registry import RecordType
from uploads.errors import UnusableFile
from uploads.models import Upload
from uploads.passwords import is_withheld

#: Between names in `RecordType.column_names`: all of these columns together are the field.
TOGETHER: Final = "+"

#: For each column of the file its field, or None where it is left out.
Columns = list[str | None]


def fields_of(record_type: RecordType) -> dict[str, models.Field[Any, Any]]:
    """The fields that a file can change: those that no remote decides."""
    theirs = remote_owners(record_type)
    return {
        field.name: field for field in record_type.model.data_fields() if field.name not in theirs
    }


def same_name(name: str) -> str:
    """Equal for names that differ in case, blanks and punctuation only."""
    return "".join(char for char in name.casefold() if char.isalnum())


def match_columns(record_type: RecordType, header: Sequence[str]) -> Columns:
    """By the fields' names, their labels, and the other names that the record type declares.

    A field takes the first of its names that the file has, so a file with a company and a company
    name does not get both.
    """
    places = {same_name(name): place for place, name in enumerate(header)}
    columns: Columns = [None] * len(header)
    for field in fields_of(record_type).values():
        for name in _names(record_type, field):
            found = [places.get(same_name(part)) for part in name.split(TOGETHER)]
            if all(place is not None and columns[place] is None for place in found):
                for place in found:
                    columns[place or 0] = field.name
                break
    return columns


def left_out(upload: Upload) -> list[str]:
    """The columns that are no field, and whether their cells are kept."""
    return [
        f"{column} (passwords are not kept)" if is_withheld(column) else column
        for column, field in zip(upload.header, upload.columns, strict=True)
        if not field
    ]


def check_columns(record_type: RecordType, header: Sequence[str], columns: Columns) -> None:
    """Raises UnusableFile where the key is missing, or where a field cannot have its columns."""
    fields, theirs = fields_of(record_type), remote_owners(record_type)
    for column, name in zip(header, columns, strict=True):
        if name in theirs:
            label = destination(theirs[name]).label
            raise UnusableFile(f"{column}: {name} is kept by the {label}; leave the column out.")
        if name is not None and is_withheld(column):
            raise UnusableFile(f"{column} holds passwords, which are not kept here. Leave it out.")
        if name is not None and name not in fields:
            raise UnusableFile(f"There is no field {name}. Fields: {', '.join(sorted(fields))}.")
    for name, places in by_field(columns).items():
        if len(places) > 1 and not _can_be_joined(record_type, fields[name]):
            told = " and ".join(header[place] for place in places)
            raise UnusableFile(
                f"The columns {told} cannot both be the {fields[name].verbose_name}. "
                "Choose one, and leave the others out."
            )


def require_key(
    record_type: RecordType, header: Sequence[str], columns: Columns, fixed: Mapping[str, str]
) -> None:
    """Raises UnusableFile."""
    key = record_type.key_field
    if key not in columns and key not in fixed:
        label = fields_of(record_type)[key].verbose_name
        raise UnusableFile(
            f"No column of the file is the {label}, by which a {record_type.title} is known. "
            f"The columns are: {', '.join(header)}. Say which one it is."
        )


def by_field(columns: Columns) -> dict[str, list[int]]:
    """Field → the places of its columns."""
    places = defaultdict(list)
    for place, name in enumerate(columns):
        if name is not None:
            places[name].append(place)
    return dict(places)


def _names(record_type: RecordType, field: models.Field[Any, Any]) -> Iterator[str]:
    yield field.name
    yield str(field.verbose_name)
    yield from record_type.column_names.get(field.name, ())


def _can_be_joined(record_type: RecordType, field: models.Field[Any, Any]) -> bool:
    is_text = isinstance(field, models.CharField | models.TextField)
    return is_text and not field.choices and field.name != record_type.key_field
