"""Currencies."""

import pytest
from django.core.exceptions import ValidationError

from records.currencies import CURRENCIES, currency_choices
from records.rules import currency


@pytest.mark.parametrize(("typed", "code"), [("EUR", "EUR"), ("usd", "USD"), ("Xcg", "XCG")])
def test_a_currency_is_its_code_in_upper_case(typed: str, code: str) -> None:
    assert currency(typed, {}) == code


@pytest.mark.parametrize("typed", ["EURO", "\u20ac", "E", "ZZZ", "978"])
def test_refuses_what_is_no_code_and_names_it(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        currency(typed, {})
    assert f'"{typed}" is not a currency' in refused.value.message


@pytest.mark.parametrize("withdrawn", ["DEM", "HRK", "BGN", "ANG", "CUC", "SLL", "ZWL"])
def test_refuses_withdrawn_codes(withdrawn: str) -> None:
    with pytest.raises(ValidationError):
        currency(withdrawn, {})


@pytest.mark.parametrize("code", ["XXX", "XTS", "XAU", "XBA"])
def test_refuses_codes_that_no_price_can_be_in(code: str) -> None:
    with pytest.raises(ValidationError):
        currency(code, {})


def test_choices_offer_every_currency_by_code() -> None:
    codes = [code for code, _ in currency_choices()]
    assert codes == sorted(CURRENCIES)


def test_choices_show_code_and_name() -> None:
    assert ("EUR", "EUR - Euro") in currency_choices()
