"""The data API, `/api/…`: who may ask, which fault strikes, who answers."""

import hmac

from demo_remote.apply_write import apply_write
from demo_remote.faults import PING_FAULTS, READ_FAULTS, WRITE_FAULTS
from demo_remote.faulty_reply import reply_after_applying, reply_without_applying
from demo_remote.json_object import parse_object
from demo_remote.message import Refusal, Reply, Request, json_reply, method_not_allowed
from demo_remote.reads import list_entities, list_ledger, show_entity
from demo_remote.remote import Remote
from demo_remote.write import parse_write


def answer(remote: Remote, request: Request) -> Reply | None:
    """The reply; None closes the connection without any."""
    authorized = _is_authorized(remote, request)
    faults = remote.switches.take(
        _faults_that_act(request, authorized=authorized), lambda: _key_of(remote, request)
    )
    if faults.slow_seconds and remote.stopping.wait(faults.slow_seconds):
        return None
    instead = reply_without_applying(faults)
    if instead is not None:
        return instead
    if not authorized:
        refusal = Refusal(401, "unauthorized", "The bearer token is missing or wrong.")
        return refusal.reply({"WWW-Authenticate": "Bearer"})
    try:
        reply = _route(remote, request)
    except Refusal as refusal:
        reply = refusal.reply()
    return reply_after_applying(faults, reply)


def _route(remote: Remote, request: Request) -> Reply:
    match request.segments[1:]:
        case ("ping",):
            _require_get(request)
            return json_reply({"ok": True})
        case ("ledger",):
            _require_get(request)
            return list_ledger(remote, request)
        case (name,):
            return _route_collection(remote, request, name)
        case (name, key) if key:
            return _route_entity(remote, request, name=name, key=key)
    raise Refusal(404, "not_found", "There is nothing at this path.")


def _route_collection(remote: Remote, request: Request, name: str) -> Reply:
    collection = remote.collection(name)
    if request.method == "GET":
        return list_entities(remote, request, collection)
    if request.method == "POST":
        return apply_write(remote.store, parse_write(request, collection, None))
    raise method_not_allowed("GET", "POST")


def _route_entity(remote: Remote, request: Request, *, name: str, key: str) -> Reply:
    collection = remote.collection(name)
    if request.method == "GET":
        return show_entity(remote, collection, key)
    if request.method in ("PATCH", "DELETE"):
        return apply_write(remote.store, parse_write(request, collection, key))
    raise method_not_allowed("GET", "PATCH", "DELETE")


def _require_get(request: Request) -> None:
    if request.method != "GET":
        raise method_not_allowed("GET")


def _is_authorized(remote: Remote, request: Request) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    same = hmac.compare_digest(token.strip().encode(), remote.token.encode())
    return same and scheme.lower() == "bearer"


def _faults_that_act(request: Request, *, authorized: bool) -> frozenset[str]:
    if request.segments[1:] == ("ledger",):
        return frozenset()  # the ledger stays readable: it tells what a fault has done
    if not authorized:
        return frozenset({"down"})
    if request.segments[1:] == ("ping",):
        return PING_FAULTS
    return READ_FAULTS if request.method == "GET" else WRITE_FAULTS


def _key_of(remote: Remote, request: Request) -> str | None:
    """The key that a request is about: from its path, or from a create's body."""
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
