"""How one request is written for a JSON REST API: method, path and bytes."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from outbox.connectors.base import Operation, Request
from outbox.connectors.errors import Rejected

METHODS = {Operation.CREATE: "POST", Operation.UPDATE: "PATCH", Operation.DELETE: "DELETE"}


def path_of(request: Request) -> str:
    """Below the destination's URL."""
    if request.operation == Operation.CREATE:
        return f"/{_quoted(request.collection)}"
    return entity_path(request.collection, request.key)


def entity_path(collection: str, key: str) -> str:
    return f"/{_quoted(collection)}/{_quoted(key)}"


def body_of(request: Request) -> bytes | None:
    """None for a delete. Raises Rejected where the payload cannot be written as JSON."""
    if request.operation == Operation.DELETE:
        return None
    try:
        return canonical_json(request.payload)
    except (ValueError, TypeError) as error:
        raise Rejected(f"The message cannot be written as JSON: {error}") from error


def canonical_json(payload: Mapping[str, Any]) -> bytes:
    """The same payload makes the same bytes: a repeated idempotency key needs them."""
    return json.dumps(
        payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def _quoted(segment: str) -> str:
    return quote(segment, safe="")
