"""The key that a record is known by."""

import pytest
from django.core.exceptions import ValidationError

from records.rules import business_key


@pytest.mark.parametrize("key", ["ALFKI", "00042", "A/100", "K\u00dc-1 b", "...", ".a"])
def test_a_key_stays_as_it_is(key: str) -> None:
    assert business_key(key, {}) == key


def test_a_key_has_no_blanks_at_its_ends() -> None:
    assert business_key(" ALFKI ", {}) == "ALFKI"


@pytest.mark.parametrize("key", ["AL\tFKI", "AL\nFKI", "AL\u2028FKI", "AL\x00FKI"])
def test_refuses_a_key_of_more_than_one_line_or_with_tabs(key: str) -> None:
    with pytest.raises(ValidationError, match="contains a"):
        business_key(key, {})


@pytest.mark.parametrize("key", [".", ".."])
def test_refuses_what_a_path_reads_as_a_folder(key: str) -> None:
    with pytest.raises(ValidationError, match="cannot be a key"):
        business_key(key, {})


@pytest.mark.parametrize("key", ["ALFKI\u200b", "\ufeffALFKI", "AL\u00adFKI", "ALFKI\ufe0f"])
def test_refuses_a_key_that_only_looks_like_another(key: str) -> None:
    with pytest.raises(ValidationError, match=r"invisible character \(U\+"):
        business_key(key, {})
