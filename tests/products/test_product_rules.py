"""The rules for the values of a product."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from products.rules import RULES, check_digit, check_record, gtin, price, weight
from records.rules import Rule


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        ("sku", "A-1", "A-1"),
        ("gtin", "4006381 333931", "4006381333931"),
        ("currency", "eur", "EUR"),
        ("price", Decimal("18.00"), Decimal("18.00")),
        ("weight", Decimal("0.250"), Decimal("0.250")),
        ("unit", "10 boxes  x 20 bags", "10 boxes x 20 bags"),
    ],
)
def test_each_field_has_its_rule(field: str, typed: Any, stored: Any) -> None:
    for rule in RULES[field]:
        typed = rule(typed, {})
    assert typed == stored


@pytest.mark.parametrize(
    "number", ["96385074", "036000291452", "4006381333931", "10614141000415", "00012345600012"]
)
def test_a_gtin_keeps_its_length_and_its_zeros(number: str) -> None:
    assert gtin(number, {}) == number


@pytest.mark.parametrize(
    "typed", ["4-006381-333931", "4 006381 333931", "4\u00a0006381\u2011333931"]
)
def test_blanks_and_hyphens_in_a_gtin_do_not_count(typed: str) -> None:
    assert gtin(typed, {}) == "4006381333931"


@pytest.mark.parametrize(
    ("typed", "expected"), [("4006381333930", "1"), ("96385075", "4"), ("036000291459", "2")]
)
def test_a_wrong_check_digit_is_refused_with_the_right_one(typed: str, expected: str) -> None:
    with pytest.raises(ValidationError) as refused:
        gtin(typed, {})
    assert f"is {typed[-1]} but should be {expected}" in refused.value.message


@pytest.mark.parametrize("typed", ["1234567", "123456789", "12345678901", "123456789012345"])
def test_a_gtin_of_another_length_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError, match=f"this one has {len(typed)}"):
        gtin(typed, {})


@pytest.mark.parametrize(
    "typed", ["4.00638E+12", "n/a", "--", "\u0664\u0660\u0660\u0666\u0663\u0668\u0661\u0663"]
)
def test_a_gtin_has_only_digits(typed: str) -> None:
    with pytest.raises(ValidationError, match="digits only"):
        gtin(typed, {})


@given(digits=st.from_regex(r"[0-9]{12}", fullmatch=True), place=st.integers(0, 11))
def test_the_check_digit_notices_every_single_mistyped_digit(digits: str, place: int) -> None:
    wrong = str((int(digits[place]) + 1) % 10)
    mistyped = digits[:place] + wrong + digits[place + 1 :]
    assert check_digit(mistyped) != check_digit(digits)


@pytest.mark.parametrize("rule", [price, weight])
def test_zero_is_an_amount(rule: Rule) -> None:
    assert rule(Decimal("0.00"), {}) == Decimal(0)


@pytest.mark.parametrize("rule", [price, weight])
def test_zero_has_no_sign(rule: Rule) -> None:
    assert str(rule(Decimal("-0.00"), {})) == "0.00"


@pytest.mark.parametrize("rule", [price, weight])
def test_an_amount_is_never_rounded(rule: Rule) -> None:
    many_digits = Decimal("1234567890123456789012345678901.23")
    assert str(rule(many_digits, {})) == str(many_digits)


@pytest.mark.parametrize("rule", [price, weight])
def test_an_amount_is_not_below_zero(rule: Rule) -> None:
    with pytest.raises(ValidationError, match="below zero"):
        rule(Decimal("-0.01"), {})


@pytest.mark.parametrize("rule", [price, weight])
@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_an_amount_is_finite(rule: Rule, amount: str) -> None:
    with pytest.raises(ValidationError, match="must be a number"):
        rule(Decimal(amount), {})


@pytest.mark.parametrize(
    "values",
    [
        {"price": Decimal(18)},
        {"price": Decimal(18), "currency": None},
        {"price": Decimal(18), "currency": ""},
        {"price": Decimal(0), "currency": ""},
    ],
)
def test_a_price_needs_a_currency(values: dict[str, Any]) -> None:
    assert check_record(values) == {"currency": "A price needs a currency."}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"price": None, "currency": ""},
        {"price": None, "currency": "EUR"},
        {"price": "", "currency": ""},
        {"price": Decimal(18), "currency": "EUR"},
    ],
)
def test_a_record_with_a_currency_or_without_a_price_is_fine(values: dict[str, Any]) -> None:
    assert check_record(values) == {}
