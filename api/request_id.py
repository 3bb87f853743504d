"""The request id: one name for a request, in its answer, the change log and the log."""

import re
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

HEADER: Final = "X-Request-ID"
#: What proxies and clients make: uuids, hashes, words. Nothing else goes into our logs.
_SANE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=@-]{0,127}")


class RequestIdMiddleware:
    """Takes the client's id where it is a sane one, or makes one; the answer says which."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request_id_of(request)
        response = self.get_response(request)
        response[HEADER] = name
        return response


def request_id_of(request: Any) -> str:
    """Of Django's request, or of REST framework's around it."""
    request = getattr(request, "_request", request)
    name: str | None = getattr(request, "request_id", None)
    if name is None:
        given = request.headers.get(HEADER, "")
        name = given if _SANE.fullmatch(given) else uuid4().hex
        request.request_id = name
    return name
