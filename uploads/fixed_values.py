"""Values that every row has: of fields that are chosen from a list, and that no column is."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from records.display import shown
from records.forms import CHOSEN
from uploads.columns import Columns, by_field, fields_of
from uploads.errors import UnusableFile
from uploads.models import Upload

#: Value → how a person reads it, as forms have them.
Choices = list[tuple[str, str]]


def offered(upload: Upload) -> dict[str, Choices]:
    """Field → its values: of fields that no column is, and of those that have one value already."""
    fields = fields_of(upload.kind)
    found = {
        name: choices
        for name, field in fields.items()
        if (choices := _choices(field)) and name not in upload.columns
    }
    for name, value in _given(upload).items():
        choices = found.setdefault(name, _choices(fields[name]))
        if value not in dict(choices):
            choices.insert(0, (value, value))
    return found


def told(upload: Upload) -> list[str]:
    """Such as "currency EUR", for each value that every row has."""
    fields = fields_of(upload.kind)
    return [
        f"{fields[name].verbose_name} {shown(fields[name], value)}"
        for name, value in upload.fixed.items()
        if name in fields
    ]


def require_no_column(
    upload: Upload, header: Sequence[str], columns: Columns, fixed: Mapping[str, str]
) -> None:
    """Raises UnusableFile where a field is a column, and has one value in every row too."""
    places = by_field(columns)
    for name in fixed:
        if name in places:
            label = fields_of(upload.kind)[name].verbose_name
            column = " + ".join(header[place] for place in places[name])
            raise UnusableFile(
                f"The {label} cannot be both the column {column} and the same in every row. "
                "Leave the column out, or choose – for every row."
            )


def _given(upload: Upload) -> dict[str, str]:
    """Of fields that there are. A value of "", which only a command can give, is no choice."""
    fields = fields_of(upload.kind)
    return {name: value for name, value in upload.fixed.items() if value and name in fields}


def _choices(field: models.Field[Any, Any]) -> Choices:
    if field.name in CHOSEN:
        return list(CHOSEN[field.name]())
    return [(str(value), str(label)) for value, label in field.flatchoices]
