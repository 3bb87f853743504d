"""What every text goes through before its own rules."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from records.rules import multiline_text, single_spaced, text

Clean = Callable[[str], str]


def test_composes_characters_so_that_equal_text_is_stored_equally() -> None:
    assert text("Cafe\u0301") == "Caf\u00e9"


@pytest.mark.parametrize("typed", ["  Alice ", "\tAlice\r\n", "\u00a0Alice\u3000", "Alice\u2028"])
def test_drops_blanks_at_the_ends(typed: str) -> None:
    assert text(typed) == "Alice"


def test_keeps_blanks_inside() -> None:
    assert text("Mataderos  2312") == "Mataderos  2312"


@pytest.mark.parametrize("clean", [text, multiline_text])
def test_blank_text_becomes_empty(clean: Clean) -> None:
    assert clean(" \t\n ") == ""


@pytest.mark.parametrize("clean", [text, multiline_text])
@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("Al\x00ice", "contains a control character (U+0000)"),
        ("\x1fAlice", "contains a control character (U+001F)"),
        ("Alice\x7f", "contains a control character (U+007F)"),
        ("Al\x85ice", "contains a control character (U+0085)"),
        ("Al\x0bice", "contains a control character (U+000B)"),
        ("Al\ud800ice", "a lone surrogate (U+D800)"),
        ("Al\udfffice", "a lone surrogate (U+DFFF)"),
        *(
            (f"Al{control}ice", f"direction of reading (U+{ord(control):04X})")
            for control in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        ),
    ],
)
def test_refuses_unsafe_characters_and_names_them(clean: Clean, typed: str, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        clean(typed)
    assert message in refused.value.message


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("Al\nice", "a line break (U+000A)"),
        ("Al\rice", "a line break (U+000D)"),
        ("Al\u2028ice", "a line break (U+2028)"),
        ("Al\tice", "a tab (U+0009)"),
    ],
)
def test_one_line_has_no_line_break_and_no_tab(typed: str, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        text(typed)
    assert message in refused.value.message


@pytest.mark.parametrize("typed", ["a\r\nb\tc", "a\rb\tc", "a\nb\tc"])
def test_many_lines_end_in_line_feeds_and_keep_tabs(typed: str) -> None:
    assert multiline_text(typed) == "a\nb\tc"


@pytest.mark.parametrize("clean", [text, multiline_text])
@pytest.mark.parametrize(
    "typed", ["\u200b", "\ufeff", "\u200d \u200b", "\u00ad", "\u2800", "\u3164", "\ufe0f"]
)
def test_refuses_text_in_which_nothing_can_be_seen(clean: Clean, typed: str) -> None:
    with pytest.raises(ValidationError, match="invisible characters only"):
        clean(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian needs the non-joiner
        "\U0001f469\u200d\U0001f33e",  # an emoji made of two
        "\u200fAlice",  # a plain direction mark
    ],
)
def test_keeps_invisible_characters_that_serve_visible_ones(typed: str) -> None:
    assert text(typed) == typed


@pytest.mark.parametrize("clean", [text, multiline_text])
@given(typed=st.text())
def test_cleaning_clean_text_changes_nothing(clean: Clean, typed: str) -> None:
    try:
        cleaned = clean(typed)
    except ValidationError:
        return
    assert clean(cleaned) == cleaned


def test_words_stand_one_blank_apart() -> None:
    assert single_spaced("WA1 \u00a0 1DP", {}) == "WA1 1DP"


def test_a_character_that_was_lost_before_is_refused() -> None:
    with pytest.raises(ValidationError, match="lost in another encoding"):
        text("M\ufffdller")
