"""Cleaning: values as they came in → values as they are saved, by the rules of the record type."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models

from records.errors import RecordInvalid, UnknownField
from records.registry import RecordType
from records.rules import Warned, multiline_text, text

#: Decimal() would take 1e5, 1_000 and the digits of other scripts too, which are mostly mistakes.
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")


@dataclass(frozen=True, slots=True)
class Cleaned:
    values: dict[str, Any]
    #: Field → what should be looked at, though the value is kept.
    warnings: dict[str, str] = field(default_factory=dict)


def clean(
    record_type: RecordType, values: Mapping[str, Any], *, beside: Mapping[str, Any]
) -> Cleaned:
    """Clean these values of a record whose other values are `beside`.

    Cleaning what is clean changes nothing. Raises UnknownField, and RecordInvalid with every error
    that was found.
    """
    fields = {field.name: field for field in record_type.model.data_fields()}
    unknown = [name for name in values if name not in fields]
    if unknown:
        raise UnknownField({name: ["There is no such field."] for name in unknown})
    cleaned, errors = Cleaned({}), dict[str, list[str]]()
    in_order = [name for name in record_type.rules if name in values]
    in_order += [name for name in values if name not in record_type.rules]
    for name in in_order:
        try:
            value = _clean_value(
                record_type, fields[name], values[name], {**beside, **cleaned.values}
            )
        except ValidationError as error:
            errors[name] = error.messages
            continue
        if isinstance(value, Warned):
            cleaned.warnings[name] = value.warning
            value = value.value
        cleaned.values[name] = value
    if not errors:
        wrong = record_type.check_record({**beside, **cleaned.values})
        errors = {name: [message] for name, message in wrong.items()}
    if errors:
        raise RecordInvalid(errors)
    return cleaned


def _clean_value(
    record_type: RecordType, field: models.Field[Any, Any], raw: Any, record: Mapping[str, Any]
) -> Any:
    """The value or a Warned. Raises ValidationError."""
    value = _single(field, raw)
    if value in (None, ""):
        value = None if field.null else ""
        if not field.blank:
            raise ValidationError("This is required.")
        return value
    value = _fixed_places(field, field.to_python(value))
    warning = ""
    for rule in record_type.rules.get(field.name, ()):
        value = rule(value, record)
        if isinstance(value, Warned):
            value, warning = value.value, value.warning
    value = field.clean(value, None)
    if isinstance(field, models.TextField) and field.max_length is not None:
        MaxLengthValidator(field.max_length)(value)  # Django leaves this to its forms
    return Warned(value, warning) if warning else value


def _single(field: models.Field[Any, Any], raw: Any) -> Any:
    """The value as it came in, a text cleaned. Django would make texts of lists, and 1 of True."""
    if isinstance(raw, str):
        cleaned = multiline_text(raw) if isinstance(field, models.TextField) else text(raw)
        if isinstance(field, models.DecimalField) and cleaned and not _PLAIN.fullmatch(cleaned):
            raise ValidationError("This must be a number, written as 1234.50.")
        return cleaned
    is_flag = isinstance(raw, bool) and not isinstance(field, models.BooleanField)
    if is_flag or isinstance(raw, bytes | list | tuple | set | dict):
        raise ValidationError("This must be a text or a number.")
    return raw


def _fixed_places(field: models.Field[Any, Any], value: Any) -> Any:
    """Decimals as the database gives them back: 18 is 18.0000 where there are four places."""
    if not (isinstance(value, Decimal) and isinstance(field, models.DecimalField)):
        return value
    if not value.is_finite():
        raise ValidationError("This must be a number.")
    exponent = Decimal(1).scaleb(-int(field.decimal_places or 0))
    if value and value.adjusted() > field.max_digits:
        return value  # too long: the field itself says so
    fixed = value.quantize(exponent)
    return fixed if fixed == value else value  # too many places: likewise
