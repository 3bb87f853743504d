"""The page and its files. All that changes on it comes from `/control/state`."""

from collections.abc import Mapping
from pathlib import Path

from demo_remote.message import Refusal, Reply, Request, method_not_allowed

_STATIC = Path(__file__).parent / "static"

_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


def _file(name: str, content_type: str) -> Reply:
    return Reply(
        status=200,
        body=(_STATIC / name).read_bytes(),
        content_type=content_type,
        headers=_HEADERS,
    )


_PAGE = _file("index.html", "text/html; charset=utf-8")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Read once: a name in a path can then only ever find one of these.
_FILES: Mapping[str, Reply] = {
    path.name: _file(path.name, _TYPES[path.suffix])
    for path in _STATIC.iterdir()
    if path.suffix in _TYPES
}


def answer(request: Request) -> Reply:
    """`/` and `/static/{name}`. Raises Refusal 404 and 405."""
    match request.segments:
        case ("",):
            found = _PAGE
        case ("static", name) if name in _FILES:
            found = _FILES[name]
        case _:
            raise Refusal(404, "not_found", "There is nothing at this path.")
    if request.method != "GET":
        raise method_not_allowed("GET")
    return found
