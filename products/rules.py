"""The rules for the values of a product, by field and for the record as a whole."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError

from records.rules import Rule, business_key, currency, single_spaced

#: GTIN-8, GTIN-12 (UPC), GTIN-13 (EAN) and GTIN-14.
GTIN_LENGTHS: Final = frozenset({8, 12, 13, 14})

#: Blanks, and the hyphen with its two look-alikes that word processors put in.
_GTIN_SEPARATORS: Final = re.compile(r"[\s\u2010\u2011-]")


def gtin(value: str, record: Mapping[str, Any]) -> str:
    """A Global Trade Item Number as digits only, in the length it was given.

    Raises ValidationError for another length, for anything but digits, and for a wrong check digit
    (GS1 General Specifications, "Check digit calculations").
    """
    digits = _GTIN_SEPARATORS.sub("", value)
    if not re.fullmatch(r"[0-9]+", digits):
        raise ValidationError("A GTIN consists of digits only.", code="gtin_digits")
    if len(digits) not in GTIN_LENGTHS:
        raise ValidationError(
            f"A GTIN has 8, 12, 13 or 14 digits, this one has {len(digits)}.", code="gtin_length"
        )
    expected = check_digit(digits[:-1])
    if digits[-1] != expected:
        raise ValidationError(
            f"The check digit of this GTIN is {digits[-1]} but should be {expected}:"
            " one of the digits is probably mistyped.",
            code="gtin_check_digit",
        )
    return digits


def check_digit(digits: str) -> str:
    """The digit that completes a GTIN, from the digits before it.

    From the right, digits count three times and once in turn; the check digit fills the sum up to a
    multiple of ten (GS1 General Specifications).
    """
    weighted = (
        int(digit) * (1 if position % 2 else 3) for position, digit in enumerate(reversed(digits))
    )
    return str(-sum(weighted) % 10)


def price(value: Decimal, record: Mapping[str, Any]) -> Decimal:
    """An amount of zero or more, in the currency of the record."""
    return _zero_or_more(value, name="price")


def weight(value: Decimal, record: Mapping[str, Any]) -> Decimal:
    """A weight of zero or more, in kilograms."""
    return _zero_or_more(value, name="weight")


def check_record(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with values that are right one by one: field to message, empty if nothing is.

    A price of zero is a price; it needs a currency as any other does.
    """
    if values.get("price") not in (None, "") and not values.get("currency"):
        return {"currency": "A price needs a currency."}
    return {}


def _zero_or_more(value: Decimal, *, name: str) -> Decimal:
    # NaN first: it can be compared with nothing.
    if not value.is_finite():
        raise ValidationError(f"A {name} must be a number, not {value}.", code="not_finite")
    if value < 0:
        raise ValidationError(f"A {name} must not be below zero.", code="negative")
    # -0.00 is a zero as well; unlike abs(), copy_abs() never rounds.
    return value.copy_abs()


RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "sku": (business_key,),
    "gtin": (gtin,),
    "currency": (currency,),
    "price": (price,),
    "weight": (weight,),
    "unit": (single_spaced,),
}
