"""A batch: many writes in one request, each applied for itself.

`POST /api/batch` takes `{"items": [item, …]}`, up to `MAX_ITEMS` of them in `MAX_BATCH_BODY` bytes:

    {"method": "PATCH", "path": "/customers/ALICE", "idempotency_key": "…", "sequence": 5,
     "body": {…}}

Method, path and body are those of the same write alone; a delete has no body, and the sequence may
be missing. The answer is 207 with one item for each, in the same order, as the write alone would be
answered:

    {"items": [{"idempotency_key": "…", "status": 200, "body": {…}}, …]}

A switch about a key strikes that item only; where its reply is to be lost, it is left out.
"""

import json
from dataclasses import replace
from email.message import Message

from demo_remote.apply_write import apply_write
from demo_remote.faults import WRITE_FAULTS
from demo_remote.faulty_reply import reply_under
from demo_remote.json_object import parse_object
from demo_remote.message import Refusal, Reply, Request, json_reply, parse_request
from demo_remote.remote import Remote
from demo_remote.subject import key_of
from demo_remote.write import Write, parse_write

BATCH_PATH = "/api/batch"
MAX_ITEMS = 1_000
MAX_BATCH_BODY = 4 * 1024 * 1024  # bytes

_Item = dict[str, object]


def answer_batch(remote: Remote, request: Request, *, forgetful: bool) -> Reply:
    """Raises Refusal 400 or 413, nothing applied, for what is no batch."""
    told = [_told(remote, item, forgetful=forgetful) for item in _items(request)]
    return json_reply({"items": [one for one in told if one is not None]}, status=207)


def _items(request: Request) -> list[_Item]:
    items = parse_object(request.body).get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Refusal(400, "bad_batch", "items must be a list of objects.", field="items")
    if len(items) > MAX_ITEMS:
        raise Refusal(413, "too_large", f"A batch has at most {MAX_ITEMS} items.", field="items")
    keys = [item.get("idempotency_key") for item in items]
    if not all(isinstance(key, str) for key in keys) or len(set(keys)) < len(keys):
        detail = "Each item needs an idempotency_key of its own, as text."
        raise Refusal(400, "bad_batch", detail, field="idempotency_key")
    return items


def _told(remote: Remote, item: _Item, *, forgetful: bool) -> _Item | None:
    """What the answer says of the item; None where its reply is lost."""
    try:
        request = _as_alone(item)
    except Refusal as refusal:
        reply: Reply | None = refusal.reply()
    else:
        faults = remote.switches.take(WRITE_FAULTS, lambda: key_of(remote, request), by_key=True)
        faults = replace(faults, forgetful=forgetful or faults.forgetful)
        reply = reply_under(
            faults,
            remote.stopping,
            lambda: apply_write(remote.store, _write(remote, request), faults),
        )
    if reply is None:
        return None
    text = reply.body.decode("utf-8")
    return {
        "idempotency_key": item["idempotency_key"],
        "status": reply.status,
        "body": json.loads(text) if reply.content_type == "application/json" else text,
    }


def _as_alone(item: _Item) -> Request:
    """The item as a request of its own, its body in the canonical form: sorted, without blanks."""
    method, path, sequence = item.get("method"), item.get("path"), item.get("sequence")
    if not isinstance(method, str) or not isinstance(path, str):
        raise Refusal(400, "bad_item", "method and path must be text.")
    headers = Message()
    headers["Idempotency-Key"] = str(item["idempotency_key"])
    if sequence is not None:
        headers["Outbox-Sequence"] = json.dumps(sequence)
    body = b""
    if "body" in item:
        canonical = json.dumps(
            item["body"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        body = canonical.encode("utf-8")
    return parse_request(method, f"/api{path}", headers, body)


def _write(remote: Remote, request: Request) -> Write:
    match request.method, request.segments[1:]:
        case "POST", (name,):
            return parse_write(request, remote.collection(name), None)
        case "PATCH" | "DELETE", (name, key) if key:
            return parse_write(request, remote.collection(name), key)
    raise Refusal(404, "not_found", "There is no such write at this path.")
