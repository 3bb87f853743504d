"""E-mail addresses."""

import pytest
from django.core.exceptions import ValidationError

from records.rules import email


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ohinton@bright.info", "ohinton@bright.info"),
        ("Alice@EXAMPLE.Com", "Alice@example.com"),
        ("jo\u0308rg@m\u00fcller.de", "j\u00f6rg@m\u00fcller.de"),
        ("bob@xn--mller-kva.de", "bob@m\u00fcller.de"),
    ],
)
def test_an_address_is_stored_in_one_form(typed: str, stored: str) -> None:
    assert email(typed, {}) == stored


@pytest.mark.parametrize("stored", ["Alice@example.com", "j\u00f6rg@m\u00fcller.de"])
def test_a_stored_address_stays_as_it_is(stored: str) -> None:
    assert email(stored, {}) == stored


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("bob", "must have an @-sign"),
        ("bob@", "something after the @-sign"),
        ("bob@example", "should have a period"),
        ("b ob@example.com", "invalid characters before the @-sign"),
        ("Bob <bob@example.com>", "display name"),
        ("bob@example.com, alice@example.com", "invalid characters"),
        ("bob@server.local", "special-use or reserved name"),
    ],
)
def test_refuses_what_is_no_address_and_says_why(typed: str, reason: str) -> None:
    with pytest.raises(ValidationError) as refused:
        email(typed, {})
    assert refused.value.message.startswith(f'"{typed}" is not an e-mail address: ')
    assert reason in refused.value.message


def test_a_page_pasted_by_mistake_does_not_come_back_in_the_message() -> None:
    with pytest.raises(ValidationError) as refused:
        email("word " * 10_000, {})
    assert len(refused.value.message) < 300
