"""Values as JSON brings them: what JSON itself gets wrong, before the rules of the record type.

The rules are for texts, as forms and files have them; JSON has numbers, flags and lists besides.
null empties a field: a text becomes "", a number null.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import models

from api import problem_kinds as kinds
from api.problems import FieldError, Problem, pointer
from records.api.serializers import BOOKKEEPING
from records.ownership import remote_owners
from records.registry import RecordType


def values_given(record_type: RecordType, body: Mapping[str, Any]) -> dict[str, Any]:
    """Raises Problem with all that is wrong."""
    fields = {field.name: field for field in record_type.model.data_fields()}
    errors = []
    for name, value in body.items():
        if name in fields:
            error = _type_error(fields[name], value)
        elif name in BOOKKEEPING:
            error = ("read_only", "This is ours to say; leave it out.")
        else:
            error = ("unknown_field", "There is no such field.")
        if error is not None:
            errors.append(FieldError(pointer=pointer(name), code=error[0], detail=error[1]))
    if errors:
        names = ", ".join(error.pointer or "" for error in errors[:5])
        raise Problem(kinds.INVALID, f"These cannot be taken: {names}.", errors=errors)
    return dict(body)


def whole_record(record_type: RecordType, values: Mapping[str, Any]) -> dict[str, Any]:
    """What PUT means: fields that were not given are as in a new record.

    Those that another system keeps stay as they are.
    """
    theirs = remote_owners(record_type)
    blank = {
        field.name: field.get_default()
        for field in record_type.model.data_fields()
        if field.name not in theirs and field.name != record_type.key_field
    }
    return blank | dict(values)


def _type_error(field: models.Field[Any, Any], value: Any) -> tuple[str, str] | None:
    """Code and detail."""
    if value is None:
        return None
    if isinstance(field, models.CharField | models.TextField):
        return None if isinstance(value, str) else ("not_a_text", "This must be a text.")
    if isinstance(field, models.DecimalField):
        is_number = isinstance(value, str | int | Decimal) and not isinstance(value, bool)
        return None if is_number else ("not_a_number", "This must be a number.")
    return None
