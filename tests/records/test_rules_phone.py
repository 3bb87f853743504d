"""Phone numbers: E.164 where a numbering plan knows them, as typed with a warning elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import SUPPORTED_REGIONS

from records.rules import Warned, phone


@pytest.mark.parametrize(
    ("typed", "country", "stored"),
    [
        ("030-0074321", "DE", "+49300074321"),
        ("0621-08460", "DE", "+4962108460"),
        ("0695-34 67 21", "SE", "+46695346721"),
        ("(206) 555-9857", "US", "+12065559857"),
        ("+49 (0)30 0074321", "US", "+49300074321"),
        ("0049 30 0074321", "FR", "+49300074321"),
        ("05555 / 555555", "DE", "+495555555555"),
        ("+39 06 1234 5678", None, "+390612345678"),
        ("(206) 555-9857", "us", "+12065559857"),
    ],
)
def test_a_known_number_is_stored_in_e164(typed: str, country: str | None, stored: str) -> None:
    assert phone(typed, {"country": country}) == stored


@pytest.mark.parametrize(
    ("typed", "record"),
    [
        ("(5) 555-4729", {"country": "MX"}),
        ("(171) 555-7788", {"country": "GB"}),
        ("001-411-329-3904x709", {"country": "BM"}),
        ("110", {"country": "DE"}),
        ("ask for Bob", {"country": "DE"}),
        ("(((((", {"country": "DE"}),
        ("1" * 300, {"country": "US"}),
        ("+12065559857, +12065559858", {"country": "US"}),
        ("030-0074321", {}),
        ("030-0074321", {"country": None}),
        ("030-0074321", {"country": "Germany"}),
        ("030-0074321", {"country": "ZZ"}),
    ],
)
def test_an_unknown_number_is_kept_as_typed(typed: str, record: dict[str, str | None]) -> None:
    outcome = phone(typed, record)
    assert isinstance(outcome, Warned)
    assert outcome.value == typed
    assert "is not a number that a numbering plan knows; kept as typed" in outcome.warning


@pytest.mark.parametrize("typed", ["(206) 555-9857 x12", "+1 206 555 9857 ext. 12"])
def test_an_extension_is_not_lost(typed: str) -> None:
    outcome = phone(typed, {"country": "US"})
    assert isinstance(outcome, Warned)
    assert outcome.value == typed
    assert "has an extension" in outcome.warning


@pytest.mark.parametrize("typed", ["Bob: +12065559857", "1-800-FLOWERS"])
def test_words_around_or_inside_a_number_are_not_lost(typed: str) -> None:
    outcome = phone(typed, {"country": "US"})
    assert isinstance(outcome, Warned)
    assert outcome.value == typed
    assert "holds more than a phone number" in outcome.warning


@given(
    typed=st.from_regex(r"(\+|00|0)?[0-9]{4,13}", fullmatch=True),
    country=st.sampled_from(sorted(SUPPORTED_REGIONS)),
    later_country=st.sampled_from([None, "DE", "US", "AR", "MX", "IT"]),
)
def test_a_stored_number_stays_as_it_is_in_every_country(
    typed: str, country: str, later_country: str | None
) -> None:
    stored = phone(typed, {"country": country})
    if isinstance(stored, Warned):
        assert phone(stored.value, {"country": country}) == stored
    else:
        assert phone(stored, {"country": later_country}) == stored
