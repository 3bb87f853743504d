"""What a remote says, made fit for a database."""

import math
import re
from collections.abc import Mapping
from typing import Any

#: PostgreSQL takes no NUL in a text, and no database a lone surrogate.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable_text(text: str, longest: int) -> str:
    """At most `longest` characters; what cannot be stored shows as U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text[:longest])


def storable_json(value: Any) -> Any:
    """Likewise, all the way down; numbers that JSON does not have become null."""
    if isinstance(value, str):
        if value.isascii() and "\x00" not in value:  # most often, and soon seen
            return value
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {storable_json(str(name)): storable_json(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [storable_json(member) for member in value]
    return value
