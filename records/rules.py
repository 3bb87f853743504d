"""The rules for values: how one is written, and when it is refused.

Each rule is one function. The form, the API and the import call the same one, so a value means the
same however it came in. Applied to its own outcome, a rule changes nothing.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import phonenumbers
from django.core.exceptions import ValidationError
from email_validator import EmailNotValidError, validate_email

from records.countries import country_code, country_name, dissolved
from records.currencies import CURRENCIES


@dataclass(frozen=True, slots=True)
class Warned:
    """A value that is kept although something about it should be looked at."""

    value: Any
    """What to store."""

    warning: str
    """A sentence for the person who looks after the record."""


#: The value in (never None, never blank, text already through `text` or `multiline_text`) and the
#: other values of the record; the value or a `Warned` out. Raises Django's `ValidationError`.
Rule = Callable[[Any, Mapping[str, Any]], Any]

#: Tabs and line ends come along when text is pasted. Other control characters never do, so they
#: are not blanks that may be dropped at the ends but a sign of a broken source.
_BLANKS: Final = "\t\n\r" + "".join(
    char
    for char in map(chr, range(0x3001))
    if char.isspace() and unicodedata.category(char) != "Cc"
)

#: Control characters, the two line ends of Unicode, surrogates, and the bidirectional embeddings,
#: overrides and isolates, which make text read otherwise than it is stored (Unicode Technical
#: Report 36, "Bidirectional Text Spoofing"). Plain direction marks (U+200E, U+200F, U+061C) are
#: fine: real right-to-left text needs them.
_UNSAFE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffd]"
)
_UNSAFE_IN_LINES: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffd]"
)

#: What shows nothing although Unicode does not call it a format character (category Cf): fillers
#: of Hangul and Khmer, the blank Braille cell, the grapheme joiner, variation selectors.
_FILLER: Final = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    r"\U000e0100-\U000e01ef]"
)


def text(value: str) -> str:
    """Text of one line: Unicode NFC, without blanks at the ends; blank text comes out as "".

    Raises ValidationError for control characters (a line end or a tab inside the text too), lone
    surrogates, bidirectional controls, and text in which nothing can be seen.
    """
    cleaned = _normalised(value)
    _refuse(_UNSAFE, cleaned)
    _refuse_all_invisible(cleaned)
    return cleaned


def multiline_text(value: str) -> str:
    """Text of many lines: as `text`, with LF for every line end; tabs may stay."""
    cleaned = _normalised(value.replace("\r\n", "\n").replace("\r", "\n"))
    _refuse(_UNSAFE_IN_LINES, cleaned)
    _refuse_all_invisible(cleaned)
    return cleaned


def single_spaced(value: str, record: Mapping[str, Any]) -> str:
    """Words with one blank between them; nothing else changes, leading zeros least of all."""
    return " ".join(value.split())


def business_key(value: str, record: Mapping[str, Any]) -> str:
    """The key a record is known by, here and elsewhere: one line in which all can be seen.

    Raises ValidationError for line ends, tabs and invisible characters (two keys that look the same
    must be the same), and for "." and "..", which mean a folder to whatever reads a path.
    """
    key = text(value)
    for char in key:
        if _is_invisible(char):
            raise ValidationError(
                f"A key must not contain an invisible character ({_code_point(char)}).",
                code="invisible",
            )
    if key in {".", ".."}:
        raise ValidationError(f'"{key}" cannot be a key.', code="dots")
    return key


def email(value: str, record: Mapping[str, Any]) -> str:
    """An e-mail address as RFC 5321 and RFC 6531 write it: NFC, the domain in lower case.

    The part before the @ keeps its case, which only its own mail server may judge. Whether mail
    arrives there is not asked: that would need the network. Raises ValidationError with the reason.
    """
    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValidationError(
            f"{_quoted(value)} is not an e-mail address: {error}", code="email"
        ) from error


def phone(value: str, record: Mapping[str, Any]) -> str | Warned:
    """A phone number in E.164 (ITU-T), read as dialled in the `country` of the record.

    Never raises: a number that cannot be brought into E.164 without loss is kept as typed, as a
    person may still make use of it. That is so for numbers outside every numbering plan, and for
    those with an extension or words, which E.164 has no room for. `country` counts if it is an
    alpha-2 code, so its own rule comes first.
    """
    try:
        number = phonenumbers.parse(value, _region(record))
    except phonenumbers.NumberParseException:
        return Warned(value, _unknown_number(value))
    if not phonenumbers.is_valid_number(number):
        return Warned(value, _unknown_number(value))
    if number.extension:
        return Warned(
            value,
            f"{_quoted(value)} has an extension, which the international form of a number"
            " (E.164) cannot hold; kept as typed",
        )
    if any(char.isalpha() for char in value):
        return Warned(value, f"{_quoted(value)} holds more than a phone number; kept as typed")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def country(value: str, record: Mapping[str, Any]) -> str | Warned:
    """A country as its ISO 3166-1 alpha-2 code, from a code of two or three letters or a name.

    One that is no more keeps its own code, with a warning, where that code still says which was
    meant (ISO 3166-3); where it does not, it is refused with those that took its place.
    """
    code = country_code(value)
    if code is not None:
        return code
    if (gone := dissolved(value)) is None:
        raise ValidationError(
            f"{_quoted(value)} is not a country; expected a code of ISO 3166 such as DE or DEU,"
            " or an English name such as Germany.",
            code="country",
        )
    choices = ", ".join(f"{country_name(heir)} ({heir})" for heir in gone.successors)
    if gone.code is None:
        raise ValidationError(
            f"{_quoted(value)} no longer exists; choose what is meant today: {choices}.",
            code="country",
        )
    return Warned(
        gone.code,
        f"{_quoted(value)} no longer exists; kept as {gone.code} until somebody chooses what is"
        f" meant today: {choices}",
    )


def currency(value: str, record: Mapping[str, Any]) -> str:
    """A currency as its ISO 4217 code in upper case; withdrawn codes are refused."""
    code = value.upper()
    if code not in CURRENCIES:
        raise ValidationError(
            f"{_quoted(value)} is not a currency; expected an active code of ISO 4217 such as"
            " EUR or USD.",
            code="currency",
        )
    return code


def _normalised(value: str) -> str:
    return unicodedata.normalize("NFC", value).strip(_BLANKS)


def _refuse(unsafe: re.Pattern[str], value: str) -> None:
    if found := unsafe.search(value):
        char = found.group()
        raise ValidationError(
            f"This text contains {_described(char)} ({_code_point(char)}).", code="unsafe_character"
        )


def _described(char: str) -> str:
    if char in "\n\r\u2028\u2029":
        return "a line break"
    match unicodedata.category(char):
        case "Cs":
            return "half of a character, a lone surrogate"
        case "So":  # U+FFFD, which decoders write for bytes that they cannot read
            return "a character that was lost in another encoding"
        case "Cf":
            return "a character that changes the direction of reading"
        case _:
            return "a tab" if char == "\t" else "a control character"


def _refuse_all_invisible(value: str) -> None:
    if value and all(_is_invisible(char) or char.isspace() for char in value):
        raise ValidationError(
            f"This text consists of invisible characters only ({_code_point(value[0])}).",
            code="invisible",
        )


def _is_invisible(char: str) -> bool:
    """Whether a character takes no part in what is seen; plain blanks are not meant here."""
    return unicodedata.category(char) == "Cf" or _FILLER.match(char) is not None


def _region(record: Mapping[str, Any]) -> str | None:
    code = record.get("country")
    return code.upper() if isinstance(code, str) and len(code) == 2 else None


def _unknown_number(value: str) -> str:
    return f"{_quoted(value)} is not a number that a numbering plan knows; kept as typed"


def _quoted(value: str) -> str:
    """The value as a message shows it: a whole page pasted by mistake does not come back."""
    return f'"{value}"' if len(value) <= 80 else f'"{value[:80]}…"'


def _code_point(char: str) -> str:
    return f"U+{ord(char):04X}"
