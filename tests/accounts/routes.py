"""All routes of the URLconf, and how an address is made of one."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


def routes() -> dict[str, str]:
    """Name → path. A path goes by itself where it has no name, or one that is taken."""
    found: dict[str, str] = {}
    for name, path in _walk(get_resolver().url_patterns):
        found[path if not name or name in found else name] = path
    return found


def address(path: str, parts: Mapping[str, Any]) -> str:
    """Raises KeyError for a part that is not given."""
    plain = path.replace("^", "").replace("$", "").replace("\\.", ".")
    converted = re.sub(
        r"<(?:\w+:)?(\w+)>", lambda found: str(parts[found[1]]), _named(plain, parts)
    )
    return f"/{converted}"


def _named(path: str, parts: Mapping[str, Any]) -> str:
    """Of a regular expression: its named groups."""
    return re.sub(r"\(\?P<(\w+)>[^()]*\)", lambda found: str(parts[found[1]]), path)


def _walk(
    patterns: list[URLPattern | URLResolver], namespace: str = "", path: str = ""
) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        here = f"{path}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield (f"{namespace}{pattern.name}" if pattern.name else "", here)
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner, here)
