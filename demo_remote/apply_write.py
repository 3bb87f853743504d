"""Applying a write: effect, ledger row and kept reply in one transaction."""

import sqlite3
from dataclasses import replace

from demo_remote import entity as entities
from demo_remote import first_reply, ledger
from demo_remote.clock import utc_now
from demo_remote.collection import Collection
from demo_remote.entity import Entity
from demo_remote.faults import NO_FAULTS, Faults
from demo_remote.message import Refusal, Reply, json_reply
from demo_remote.store import Store
from demo_remote.write import Write

OPERATIONS = {"POST": "create", "PATCH": "update", "DELETE": "delete"}


def apply_write(store: Store, write: Write, faults: Faults = NO_FAULTS) -> Reply:
    """The definite reply: 200, 201, 404, 409 or 422, new or repeated.

    `forgetful` applies the write as if it had neither idempotency key nor sequence; the ledger
    has them all the same. Raises Refusal 422 when the key belongs to another request, and where
    `reject` strikes.
    """
    heeded = replace(write, idempotency_key=None, sequence=None) if faults.forgetful else write
    with store.transaction() as connection:
        repeated = first_reply.find(connection, heeded)
        if repeated is not None:
            return repeated
        if faults.reject:
            raise rejected()
        try:
            reply = _perform(connection, write, heeded)
        except Refusal as refusal:
            reply = refusal.reply()
        first_reply.keep(connection, heeded, reply)
        return reply


def rejected() -> Refusal:
    """What `reject` answers."""
    return Refusal(422, "rejected", "Refused by switch")


def _perform(connection: sqlite3.Connection, write: Write, heeded: Write) -> Reply:
    """Every Refusal is raised before the first change, so that a refusal changes nothing."""
    key = write.key
    present = entities.find(connection, write.collection, key)
    _require_newer(present, heeded)
    changed = _changed(connection, heeded, key=key, present=present)
    entities.save(connection, write.collection, changed)
    operation = OPERATIONS[write.method]
    ledger.append(
        connection,
        ledger.Effect(
            at=changed.changed_at,
            collection=write.collection.name,
            key=key,
            operation=operation,
            sequence=write.sequence,
            idempotency_key=write.idempotency_key,
            body_sha256=write.body_sha256,
            body=None if operation == "delete" else write.body.decode("utf-8"),
        ),
    )
    return json_reply(changed.members(), status=201 if operation == "create" else 200)


def _require_newer(present: Entity | None, write: Write) -> None:
    last = present.sequence if present else None
    if write.sequence is not None and last is not None and write.sequence <= last:
        detail = f"Sequence {write.sequence} is not above {last}, the last one applied."
        raise Refusal(409, "stale_sequence", detail, sequence=last)


def _changed(
    connection: sqlite3.Connection, write: Write, *, key: str, present: Entity | None
) -> Entity:
    """The entity as the write leaves it."""
    if write.method == "POST":
        if present and present.live:
            raise Refusal(409, "already_exists", f"{key} exists already.")
        _require_writable(write)
        return _created(connection, write, key=key, tombstone=present)
    if present is None or not present.live:
        raise Refusal(404, "not_found", f"There is no {key} in {write.collection.name}.")
    stamped = replace(present, sequence=write.sequence or present.sequence, changed_at=utc_now())
    if write.method == "DELETE":
        return replace(stamped, live=False)
    _require_writable(write)
    _require_same_key(write, key)
    return replace(stamped, fields=_merged(present.fields, write.members))


def _created(
    connection: sqlite3.Connection, write: Write, *, key: str, tombstone: Entity | None
) -> Entity:
    collection = write.collection
    return Entity(
        key=key,
        external_id=entities.next_external_id(connection, collection),
        sequence=write.sequence or (tombstone.sequence if tombstone else None),
        live=True,
        fields={**write.members, collection.remote_field: collection.initial},
        changed_at=utc_now(),
    )


def _require_writable(write: Write) -> None:
    for name in remote_names(write.collection):
        if name in write.members:
            raise Refusal(422, "invalid", f"{name} belongs to the remote.", field=name)


def remote_names(collection: Collection) -> tuple[str, ...]:
    """The members that only the remote sets."""
    return ("id", "sequence", collection.remote_field)


def _require_same_key(write: Write, key: str) -> None:
    name = write.collection.key_field
    if write.members.get(name, key) != key:
        raise Refusal(422, "invalid", f"{name} cannot be changed.", field=name)


def _merged(fields: dict[str, object], given: dict[str, object]) -> dict[str, object]:
    """`fields` with the given ones replaced; a nested object merges one level deep."""
    merged = dict(fields)
    for name, value in given.items():
        old = merged.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[name] = {**old, **value}
        else:
            merged[name] = value
    return merged
