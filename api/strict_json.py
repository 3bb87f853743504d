"""Strict JSON: what RFC 8259 allows and everybody reads alike; all else is an error.

Python's reader takes NaN, keeps the last of two equal names, makes 1e999 infinite and gives up on
deep nesting with an error of its own.
"""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn

#: Characters of a number. A 64-bit number has 20; an amount of ours has fewer.
LONGEST_NUMBER: Final = 40
_HALF: Final = re.compile("[\x00\ud800-\udfff]")


class NotStrictJson(ValueError):
    """The message says what is wrong, and where."""


def read_object(raw: bytes) -> dict[str, Any]:
    """One JSON object. Numbers with a point or an exponent are Decimals. Raises NotStrictJson."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise NotStrictJson(f"The body is not UTF-8 (byte {error.start}).") from None
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_decimal,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        raise NotStrictJson(
            f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from None
    except RecursionError:
        raise NotStrictJson("The body is nested too deeply.") from None
    if not isinstance(value, dict):
        raise NotStrictJson("The body must be a JSON object: { … }.")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if _HALF.search(name):
            raise NotStrictJson("A name contains NUL or half of a character.")
        if name in found:
            raise NotStrictJson(f'The name "{_shortened(name)}" is given twice.')
        found[name] = value
    return found


def _constant(text: str) -> NoReturn:
    raise NotStrictJson(f"{text} is not a number in JSON.")


def _decimal(text: str) -> Decimal:
    _require_short(text)
    try:
        return Decimal(text)
    except InvalidOperation:
        raise NotStrictJson(f"{text} is not a number that can be kept.") from None


def _integer(text: str) -> int:
    _require_short(text)
    return int(text)


def _require_short(text: str) -> None:
    if len(text) > LONGEST_NUMBER:
        raise NotStrictJson(f"A number has {len(text)} characters; {LONGEST_NUMBER} are allowed.")


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}…"
