"""What the data API shows."""

from demo_remote import entity as entities
from demo_remote import ledger
from demo_remote.collection import Collection
from demo_remote.message import Refusal, Reply, Request, json_reply
from demo_remote.remote import Remote

MAX_ENTITIES = 1_000
MAX_EFFECTS = 10_000
MAX_POSITION = 2**63 - 1


def show_entity(remote: Remote, collection: Collection, key: str) -> Reply:
    """200 with the entity. Raises Refusal 404."""
    with remote.store.reading() as connection:
        found = entities.find(connection, collection, key)
    if found is None or not found.live:
        raise Refusal(404, "not_found", f"There is no {key} in {collection.name}.")
    return json_reply(found.members())


def list_entities(remote: Remote, request: Request, collection: Collection) -> Reply:
    """`{"items": [entity, …], "next": key | null}`, by key, from `after` on."""
    limit = _number(request, "limit", default=100, lowest=1, highest=MAX_ENTITIES)
    with remote.store.reading() as connection:
        found = entities.after(
            connection, collection, key=request.query.get("after", ""), limit=limit + 1
        )
    shown = found[:limit]
    return json_reply(
        {
            "items": [entity.members() for entity in shown],
            "next": shown[-1].key if len(found) > limit else None,
        }
    )


def list_ledger(remote: Remote, request: Request) -> Reply:
    """`{"items": [effect, …]}`, oldest first, from position `after` on."""
    position = _number(request, "after", default=0, lowest=0, highest=MAX_POSITION)
    limit = _number(request, "limit", default=1_000, lowest=1, highest=MAX_EFFECTS)
    with remote.store.reading() as connection:
        return json_reply({"items": ledger.after(connection, position=position, limit=limit)})


def _number(request: Request, name: str, *, default: int, lowest: int, highest: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) <= 19 and lowest <= int(text) <= highest:
        return int(text)
    detail = f"{name} must be a whole number from {lowest} to {highest}."
    raise Refusal(400, "bad_query", detail, field=name)
