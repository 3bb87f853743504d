"""The data API, `/api/…`: who may ask, which fault strikes, who answers."""

import hmac

from demo_remote.apply_write import apply_write, rejected
from demo_remote.batch import answer_batch
from demo_remote.faults import PING_FAULTS, READ_FAULTS, WRITE_FAULTS, Faults
from demo_remote.faulty_reply import reply_under
from demo_remote.message import Refusal, Reply, Request, json_reply, method_not_allowed
from demo_remote.reads import list_entities, list_ledger, show_entity
from demo_remote.remote import Remote
from demo_remote.subject import key_of
from demo_remote.write import parse_write


def answer(remote: Remote, request: Request) -> Reply | None:
    """The reply; None closes the connection without any."""
    authorized = _is_authorized(remote, request)
    faults = remote.switches.take(
        _faults_that_act(request, authorized=authorized), lambda: key_of(remote, request)
    )
    return reply_under(
        faults,
        remote.stopping,
        lambda: _route(remote, request, faults) if authorized else _unauthorized(),
    )


def _unauthorized() -> Reply:
    refusal = Refusal(401, "unauthorized", "The bearer token is missing or wrong.")
    return refusal.reply({"WWW-Authenticate": "Bearer"})


def _route(remote: Remote, request: Request, faults: Faults) -> Reply:
    match request.segments[1:]:
        case ("ping",):
            _require_get(request)
            return json_reply({"ok": True})
        case ("ledger",):
            _require_get(request)
            return list_ledger(remote, request)
        case ("batch",):
            if request.method != "POST":
                raise method_not_allowed("POST")
            if faults.reject:
                raise rejected()
            return answer_batch(remote, request, forgetful=faults.forgetful)
        case (name,):
            return _route_collection(remote, request, faults, name=name)
        case (name, key) if key:
            return _route_entity(remote, request, faults, name=name, key=key)
    raise Refusal(404, "not_found", "There is nothing at this path.")


def _route_collection(remote: Remote, request: Request, faults: Faults, *, name: str) -> Reply:
    collection = remote.collection(name)
    if request.method == "GET":
        return list_entities(remote, request, collection)
    if request.method == "POST":
        write = parse_write(request, collection, None)
        return apply_write(remote.store, write, faults)
    raise method_not_allowed("GET", "POST")


def _route_entity(
    remote: Remote, request: Request, faults: Faults, *, name: str, key: str
) -> Reply:
    collection = remote.collection(name)
    if request.method == "GET":
        return show_entity(remote, collection, key)
    if request.method in ("PATCH", "DELETE"):
        write = parse_write(request, collection, key)
        return apply_write(remote.store, write, faults)
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
