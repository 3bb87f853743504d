"""A request, a reply, and a refusal (an error that is a reply)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import parse_qs, unquote


@dataclass(frozen=True, kw_only=True)
class Request:
    """One HTTP request, its path taken apart."""

    method: str
    path: str
    """As sent: percent-encoded, without the query."""
    segments: tuple[str, ...]
    """The path's parts, decoded: "/api/customers/A%2FB" is ("api", "customers", "A/B")."""
    query: Mapping[str, str]
    headers: Message
    """Look-ups ignore case."""
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One HTTP reply."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """Answered as `{"error": error, "detail": detail, **members}` with `status`."""

    def __init__(self, status: int, error: str, detail: str, **members: object) -> None:
        super().__init__(detail)
        self.status = status
        self.members = {"error": error, "detail": detail, **members}

    def reply(self, headers: Mapping[str, str] | None = None) -> Reply:
        """The refusal as a reply."""
        return json_reply(self.members, status=self.status, headers=headers)


def json_reply(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Reply:
    """`value` as a JSON reply (ASCII only)."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return Reply(status=status, body=body, headers=headers or {})


def parse_request(method: str, target: str, headers: Message, body: bytes) -> Request:
    """`target` is the request line's path and query. Raises Refusal 400 when it is no UTF-8."""
    path, _, query = target.partition("?")
    try:
        segments = tuple(unquote(part, errors="strict") for part in path.split("/")[1:])
    except UnicodeDecodeError:
        raise Refusal(400, "bad_request", "The path is not UTF-8.") from None
    members = {name: values[-1] for name, values in parse_qs(query).items()}
    return Request(
        method=method, path=path, segments=segments, query=members, headers=headers, body=body
    )


def method_not_allowed(*allowed: str) -> Refusal:
    """405, naming the methods this path has."""
    return Refusal(405, "method_not_allowed", f"This path answers {', '.join(allowed)}.")
