"""The control plane, `/control/…`: the switches and the page's data. It asks for no token."""

from dataclasses import asdict, replace
from urllib.parse import urlsplit

from demo_remote import entity as entities
from demo_remote.clock import utc_now
from demo_remote.collection import Collection, decimal_text
from demo_remote.json_object import parse_object
from demo_remote.message import Refusal, Reply, Request, json_reply, method_not_allowed
from demo_remote.page_state import page_state
from demo_remote.parse_faults import parse_faults
from demo_remote.remote import Remote


def answer(remote: Remote, request: Request) -> Reply:
    """Raises Refusal for what is not understood or comes from another site."""
    match request.method, request.segments[1:]:
        case "GET", ("state",):
            return json_reply(page_state(remote))
        case "GET", ("faults",):
            return json_reply(asdict(remote.switches.state()))
        case "PUT", ("faults",):
            return _put_faults(remote, request)
        case "PUT", ("entities", name, key):
            return _put_entity(remote, request, collection=remote.collection(name), key=key)
        case _, ("state",):
            raise method_not_allowed("GET")
        case _, ("faults",):
            raise method_not_allowed("GET", "PUT")
        case _, ("entities", _, _):
            raise method_not_allowed("PUT")
    raise Refusal(404, "not_found", "There is nothing at this path.")


def _put_faults(remote: Remote, request: Request) -> Reply:
    _require_same_site(request)
    faults = parse_faults(parse_object(request.body))
    remote.switches.replace(faults)
    return json_reply(asdict(faults))


def _put_entity(remote: Remote, request: Request, *, collection: Collection, key: str) -> Reply:
    """Change the remote-owned field, as the remote's own staff would. Not in the ledger."""
    _require_same_site(request)
    value = _remote_value(collection, parse_object(request.body))
    with remote.store.transaction() as connection:
        present = entities.find(connection, collection, key)
        if present is None or not present.live:
            raise Refusal(404, "not_found", f"There is no {key} in {collection.name}.")
        changed = replace(
            present,
            fields={**present.fields, collection.remote_field: value},
            changed_at=utc_now(),
        )
        entities.save(connection, collection, changed)
    return json_reply(changed.members())


def _remote_value(collection: Collection, members: dict[str, object]) -> str:
    name = collection.remote_field
    if set(members) != {name}:
        raise Refusal(422, "invalid", f"Exactly {name} can be set here.", field=name)
    value = members[name]
    try:
        if isinstance(value, str):
            return decimal_text(value, places=collection.places)
    except ValueError as problem:
        raise Refusal(422, "invalid", f"{name} {problem}.", field=name) from problem
    raise Refusal(422, "invalid", f"{name} must be a decimal number as text.", field=name)


def _require_same_site(request: Request) -> None:
    """No page of another site may turn the switches: a form cannot send JSON, a script's
    request carries its Origin.
    """
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Refusal(415, "unsupported_media_type", "Send application/json.")
    origin = request.headers.get("Origin")
    if origin is not None and _host_of(origin) != request.headers.get("Host", "").lower():
        raise Refusal(403, "cross_site", "Requests from another site are refused.")


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
