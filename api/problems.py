"""Problems: errors as RFC 9457 has them, `application/problem+json`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from api.problem_kinds import ProblemKind
from api.request_id import request_id_of

MEDIA_TYPE: Final = "application/problem+json"
#: A body of a thousand wrong fields does not come back as a thousand errors.
MOST_ERRORS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong at one place: of the body (a JSON Pointer, RFC 6901), or of the query."""

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None

    def as_json(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value is not None}


class Problem(Exception):
    """An answer that is an error. `extensions` are further members of the answer."""

    def __init__(
        self,
        kind: ProblemKind,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.errors = kind, detail, errors
        self.headers, self.extensions = headers or {}, extensions or {}


def pointer(*names: str) -> str:
    """The JSON Pointer of a place in the body; "" is the body as a whole."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def problem_response(problem: Problem, request: HttpRequest) -> HttpResponse:
    members: dict[str, Any] = {
        "type": problem.kind.type,
        "title": problem.kind.title,
        "status": problem.kind.status,
        "detail": problem.detail,
    }
    if problem.errors:
        members["errors"] = [error.as_json() for error in problem.errors[:MOST_ERRORS]]
    members |= problem.extensions
    members["request_id"] = request_id_of(request)
    # In ASCII: what the client sent may come back, and half a character has no UTF-8.
    return HttpResponse(
        json.dumps(members),
        status=problem.kind.status,
        content_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **problem.headers},
    )
