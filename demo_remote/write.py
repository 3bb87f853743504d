"""A write as it was asked for: headers and body checked for form, nothing looked up yet."""

import hashlib
import re
from dataclasses import dataclass

from demo_remote.collection import Collection
from demo_remote.json_object import parse_object
from demo_remote.message import Refusal, Request

MAX_IDEMPOTENCY_KEY = 255
MAX_SEQUENCE = 2**63 - 1  # what SQLite's INTEGER holds


@dataclass(frozen=True, kw_only=True)
class Write:
    """One create (POST), update (PATCH) or delete (DELETE)."""

    method: str
    path: str
    collection: Collection
    path_key: str | None
    """None for a create: its key is in the body."""
    members: dict[str, object]
    body: bytes
    body_sha256: str
    idempotency_key: str | None
    sequence: int | None

    @property
    def key(self) -> str:
        """The entity's key. Raises Refusal 422 when a create has no usable one."""
        if self.path_key is not None:
            return self.path_key
        name = self.collection.key_field
        key = self.members.get(name)
        if not isinstance(key, str) or not key:
            raise Refusal(422, "invalid", f"{name} must be text, not empty.", field=name)
        return key


def parse_write(request: Request, collection: Collection, path_key: str | None) -> Write:
    """Raises Refusal 400 for a body that is no JSON object or headers of the wrong form."""
    return Write(
        method=request.method,
        path=request.path,
        collection=collection,
        path_key=path_key,
        members={} if request.method == "DELETE" else parse_object(request.body),
        body=request.body,
        body_sha256=hashlib.sha256(request.body).hexdigest(),
        idempotency_key=_idempotency_key(request),
        sequence=_sequence(request),
    )


def _idempotency_key(request: Request) -> str | None:
    text = request.headers.get("Idempotency-Key")
    text = text.strip() if text is not None else None
    if text is not None and not 1 <= len(text) <= MAX_IDEMPOTENCY_KEY:
        raise _bad_header("Idempotency-Key", f"must have 1 to {MAX_IDEMPOTENCY_KEY} characters")
    return text


def _sequence(request: Request) -> int | None:
    text = request.headers.get("Outbox-Sequence")
    if text is None:
        return None
    if re.fullmatch("[1-9][0-9]{0,18}", text) is None or int(text) > MAX_SEQUENCE:
        raise _bad_header("Outbox-Sequence", "must be a positive whole number")
    return int(text)


def _bad_header(name: str, rule: str) -> Refusal:
    return Refusal(400, "bad_header", f"{name} {rule}.", field=name)
