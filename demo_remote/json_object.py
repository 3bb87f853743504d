"""Reading a body that must be a JSON object, and nothing that could hurt later."""

import json
from typing import NoReturn

from demo_remote.message import Refusal

MAX_DEPTH = 32


def parse_object(body: bytes) -> dict[str, object]:
    """The members of the JSON object in `body` (UTF-8).

    Raises Refusal 400 for anything else, for NaN and Infinity, for half a surrogate pair
    (it cannot be stored as UTF-8) and for nesting deeper than `MAX_DEPTH`.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        # What cannot be written again must not be taken: 1e999 and "\ud800" fail here.
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise Refusal(400, "bad_json", "The body is not valid JSON in UTF-8.") from None
    if not isinstance(value, dict):
        raise Refusal(400, "bad_json", "The body must be a JSON object.")
    if _is_deeper(value, MAX_DEPTH):
        raise Refusal(400, "bad_json", f"The body is nested deeper than {MAX_DEPTH} levels.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _is_deeper(value: object, levels: int) -> bool:
    if isinstance(value, dict):
        return levels == 0 or any(_is_deeper(inner, levels - 1) for inner in value.values())
    if isinstance(value, list):
        return levels == 0 or any(_is_deeper(inner, levels - 1) for inner in value)
    return False
