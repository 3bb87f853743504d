"""Display: a stored value as a person reads it."""

import json
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from records.countries import country_name

EMPTY = "–"


def shown(field: models.Field[Any, Any], value: Any, *, money: Collection[str] = ()) -> str:
    """A value of this field, as it is stored or as the change log's JSON has it."""
    if value in (None, ""):
        return EMPTY
    if isinstance(field, models.DecimalField):
        return _shown_decimal(field, value, least_places=2 if field.name in money else 0)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if field.name == "country":
        name = country_name(value)
        return name if name == value else f"{name} ({value})"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def plain_decimal(value: Decimal, *, least_places: int = 0) -> str:
    """Without useless trailing zeros: 18.0000 is "18", or "18.00" with two places at least."""
    whole, _, fraction = f"{value:f}".partition(".")
    fraction = fraction.rstrip("0").ljust(least_places, "0")
    return f"{whole}.{fraction}" if fraction else whole


def _shown_decimal(field: models.Field[Any, Any], value: Any, *, least_places: int) -> str:
    try:
        return plain_decimal(field.to_python(value), least_places=least_places)
    except ValidationError:  # an odd entry of the log is shown rather than breaks the page
        return str(value)
