"""What the page shows, fetched by it every second."""

from dataclasses import asdict

from demo_remote import entity as entities
from demo_remote import ledger
from demo_remote.remote import Remote

SHOWN_ENTITIES = 50
SHOWN_EFFECTS = 20
SHOWN_BODY = 300  # characters


def page_state(remote: Remote) -> dict[str, object]:
    """`{"collections": [{name, key_field, remote_field, count, items}], "ledger": [effect],
    "applied": int, "faults": {…}}`; items and effects newest first.
    """
    with remote.store.reading() as connection:
        found = [
            (
                collection,
                entities.count(connection, collection),
                entities.recent(connection, collection, limit=SHOWN_ENTITIES),
            )
            for collection in remote.collections.values()
        ]
        effects = ledger.last(connection, limit=SHOWN_EFFECTS)
    return {
        "collections": [
            {
                "name": collection.name,
                "key_field": collection.key_field,
                "remote_field": collection.remote_field,
                "count": count,
                "items": [_item(entity) for entity in recent],
            }
            for collection, count, recent in found
        ],
        "ledger": [_shortened(effect) for effect in effects],
        # Positions count from 1 without gaps, as no row is ever deleted.
        "applied": effects[0]["position"] if effects else 0,
        "faults": asdict(remote.switches.state()),
    }


def _item(entity: entities.Entity) -> dict[str, object]:
    """`fields` stays apart, so that no field can hide the key or the time."""
    return {
        "key": entity.key,
        "id": entity.external_id,
        "sequence": entity.sequence,
        "changed_at": entity.changed_at,
        "fields": entity.fields,
    }


def _shortened(effect: dict[str, object]) -> dict[str, object]:
    body = effect["body"]
    if isinstance(body, str) and len(body) > SHOWN_BODY:
        return {**effect, "body": body[:SHOWN_BODY] + "…"}
    return effect
