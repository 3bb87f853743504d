"""Whom a request is about."""

from demo_remote.json_object import parse_object
from demo_remote.message import Refusal, Request
from demo_remote.remote import Remote


def key_of(remote: Remote, request: Request) -> str | None:
    """The key, from the path or from a create's body; None where there is none."""
    match request.segments[1:]:
        case (_, key):
            return key
        case (name,) if name in remote.collections and request.method == "POST":
            try:
                sent = parse_object(request.body).get(remote.collections[name].key_field)
            except Refusal:
                return None
            return sent if isinstance(sent, str) else None
    return None
