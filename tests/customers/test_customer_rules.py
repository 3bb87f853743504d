"""The rules for the values of a customer."""

import pytest
from django.core.exceptions import ValidationError

from customers.rules import RULES, tax_id
from records.rules import Warned


def apply_rules(field: str, value: str, record: dict[str, str] | None = None) -> object:
    """The outcome of all rules of one field; warnings are set aside."""
    for rule in RULES[field]:
        outcome = rule(value, record or {})
        value = outcome.value if isinstance(outcome, Warned) else outcome
    return value


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        ("number", "ALFKI", "ALFKI"),
        ("email", "Alice@EXAMPLE.com", "Alice@example.com"),
        ("phone", "030-0074321", "+49300074321"),
        ("country", "Germany", "DE"),
        ("currency", "eur", "EUR"),
        ("tax_id", "de 123456789", "DE123456789"),
        ("postal_code", "WA1  1DP", "WA1 1DP"),
    ],
)
def test_each_field_has_its_rule(field: str, typed: str, stored: str) -> None:
    assert apply_rules(field, typed, {"country": "DE"}) == stored


@pytest.mark.parametrize("postal_code", ["05021", "00100", "01-012", "WX1 6LT"])
def test_a_postal_code_keeps_its_leading_zeros(postal_code: str) -> None:
    assert apply_rules("postal_code", postal_code) == postal_code


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("de123456789", "DE123456789"),
        ("ATU 6362 0001", "ATU63620001"),
        ("151/815/08156", "151/815/08156"),
        ("che-123.456.789 mwst", "CHE-123.456.789MWST"),
        ("12\u00a0345", "12345"),
        ("nu\u00d1o850101aa1", "NU\u00d1O850101AA1"),
    ],
)
def test_a_tax_number_is_upper_case_without_blanks(typed: str, stored: str) -> None:
    assert tax_id(typed, {}) == stored


@pytest.mark.parametrize(
    ("typed", "named"),
    [("DE_123", "U+005F"), ("DE123;4", "U+003B"), ("DE\u00b2", "U+00B2"), ("12\u200b3", "U+200B")],
)
def test_a_tax_number_has_no_other_characters(typed: str, named: str) -> None:
    with pytest.raises(ValidationError) as refused:
        tax_id(typed, {})
    assert named in refused.value.message


@pytest.mark.parametrize("typed", ["-", "./-", "- -"])
def test_a_tax_number_is_more_than_marks(typed: str) -> None:
    with pytest.raises(ValidationError, match="needs letters or digits"):
        tax_id(typed, {})
