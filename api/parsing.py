"""Reading a body: JSON of at most one MiB, and nothing else."""

from collections.abc import Mapping
from typing import IO, Any, Final

from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from api import problem_kinds as kinds
from api.problems import Problem
from api.strict_json import NotStrictJson, read_object

LARGEST: Final = 1024 * 1024  # bytes


class StrictJsonParser(BaseParser):
    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Raises Problem."""
        raw = stream.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise Problem(kinds.TOO_LARGE, f"The body is larger than {LARGEST} bytes.")
        try:
            return read_object(raw)
        except NotStrictJson as error:
            raise Problem(kinds.MALFORMED, str(error)) from None


class MergePatchParser(StrictJsonParser):
    """RFC 7396. Records are flat, so it reads as JSON does: null empties a field."""

    media_type = "application/merge-patch+json"


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object that was sent. Raises Problem, and UnsupportedMediaType."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Problem(kinds.UNSUPPORTED_MEDIA_TYPE, "Send the body without Content-Encoding.")
    if request.META.get("CONTENT_LENGTH") in (None, "", "0"):
        if "Transfer-Encoding" in request.headers:
            raise Problem(kinds.LENGTH_REQUIRED, "Send the body with its Content-Length.")
        raise Problem(kinds.MALFORMED, "The body is empty; send a JSON object.")
    body: Any = request.data
    return dict(body)
