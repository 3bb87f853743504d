"""Several requests as one: `POST /batch`, and what its reply says of each.

    {"items": [{"method": "PATCH", "path": "/customers/ALFKI", "idempotency_key": "…",
                "sequence": 5, "body": {…}}, …]}

A delete has no body; the batch as such has no idempotency key. The remote applies each item for
itself and answers 200 or 207, in any order, each item as it would be answered alone:

    {"items": [{"idempotency_key": "…", "status": 200, "body": {…}}, …]}
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from outbox.connectors.base import Acknowledgement, Request
from outbox.connectors.bounded_http import LARGEST_REPLY
from outbox.connectors.errors import DeliveryError, OutcomeUnknown, Rejected
from outbox.connectors.exchanges import Reply
from outbox.connectors.replies import Answer, excerpt, json_object, judge
from outbox.connectors.rest_writes import METHODS, body_of, canonical_json, path_of

LARGEST_BATCH = 4 * 1024 * 1024  # bytes of a request
LARGEST_BATCH_REPLY = 8 * 1024 * 1024  # bytes, decompressed

#: Idempotency key → what the reply says under it; once is right.
Told = Mapping[str, Sequence[Mapping[str, Any]]]


def item_of(request: Request) -> bytes:
    """Raises Rejected where the payload cannot be written as JSON."""
    item = {
        "method": METHODS[request.operation],
        "path": path_of(request),
        "idempotency_key": request.idempotency_key,
        "sequence": request.sequence,
    }
    body = body_of(request)
    if body is None:
        return canonical_json(item)
    return canonical_json(item)[:-1] + b',"body":' + body + b"}"


def batch_of(items: Sequence[bytes]) -> bytes:
    """Raises Rejected where that is more than `LARGEST_BATCH` bytes."""
    batch = b'{"items":[' + b",".join(items) + b"]}"
    if len(batch) > LARGEST_BATCH:
        raise Rejected(f"The batch has {len(batch)} bytes; it may have {LARGEST_BATCH}.")
    return batch


def largest_reply(items: int) -> int:
    """Bytes. Of one item as of a request that comes alone, of all not more than can be held."""
    return min(items * LARGEST_REPLY, LARGEST_BATCH_REPLY)


def told_by(reply: Reply) -> Told:
    """What a success says of each item. Raises OutcomeUnknown where it says nothing of the kind."""
    items = json_object(reply.body).get("items")
    if reply.status not in (200, 207) or not isinstance(items, list):
        raise OutcomeUnknown(
            f"Answered {reply.status}, but not with the outcomes of a batch.",
            status=reply.status,
            response=excerpt(reply.body),
        )
    told = defaultdict(list)
    for item in items:
        key = item.get("idempotency_key") if isinstance(item, dict) else None
        if isinstance(key, str):
            told[key].append(item)
    return told


def outcome_of(request: Request, told: Told) -> Acknowledgement | DeliveryError:
    """What the reply says of one request of the batch."""
    items = told.get(request.idempotency_key, ())
    if len(items) != 1:
        return OutcomeUnknown(f"The reply to the batch tells {len(items)} outcomes of it, not one.")
    status, body = items[0].get("status"), items[0].get("body")
    text = _written(body)
    if not (isinstance(status, int) and 200 <= status < 600):
        return OutcomeUnknown("The reply to the batch gives it no status.", response=text)
    values = body if isinstance(body, dict) else {}
    return judge(request, Answer(status=status, values=values, text=text))


def _written(body: Any) -> str:
    """How the item's body begins, for people."""
    try:
        return excerpt(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError:  # it was just not too deep to be read
        return ""
