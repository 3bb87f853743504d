"""The rules for the values of a customer, by field."""

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError

from records.rules import Rule, business_key, country, currency, email, phone, single_spaced

_TAX_ID_MARKS: Final = frozenset(".-/")
_DIGITS: Final = frozenset("0123456789")


def tax_id(value: str, record: Mapping[str, Any]) -> str:
    """A tax number in upper case without blanks: "de 123 456 789" is "DE123456789".

    Which numbers exist is for the tax office to say, and every country has its own form; raises
    ValidationError only for what is in no such number.
    """
    number = "".join(value.upper().split())
    for char in number:
        if not (char.isalpha() or char in _DIGITS or char in _TAX_ID_MARKS):
            raise ValidationError(
                f'A tax number may hold letters, digits and ". - /", but not "{char}"'
                f" (U+{ord(char):04X}).",
                code="tax_id",
            )
    if all(char in _TAX_ID_MARKS for char in number):
        raise ValidationError("A tax number needs letters or digits.", code="tax_id")
    return number


RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "number": (business_key,),
    "email": (email,),
    "country": (country,),  # before the phone, which is read by its country's numbering plan
    "phone": (phone,),
    "currency": (currency,),
    "tax_id": (tax_id,),
    "postal_code": (single_spaced,),
}
