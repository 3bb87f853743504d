"""An entity, and its row."""

import json
import sqlite3
from dataclasses import dataclass

from demo_remote.collection import Collection

_COLUMNS = "key, external_id, sequence, live, fields, changed_at"


@dataclass(frozen=True, kw_only=True)
class Entity:
    """One customer or product, or its tombstone (`live` False)."""

    key: str
    external_id: str
    sequence: int | None
    live: bool
    fields: dict[str, object]
    changed_at: str
    """UTC, ISO 8601."""

    def members(self) -> dict[str, object]:
        """What a reply shows: `id`, `sequence`, then every field."""
        return {"id": self.external_id, "sequence": self.sequence, **self.fields}


def find(connection: sqlite3.Connection, collection: Collection, key: str) -> Entity | None:
    """The entity or its tombstone; None when the key was never seen."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM entity WHERE collection = ? AND key = ?",
        (collection.name, key),
    ).fetchone()
    return _entity(row) if row else None


def after(
    connection: sqlite3.Connection, collection: Collection, *, key: str, limit: int
) -> list[Entity]:
    """Up to `limit` live entities whose key is greater than `key`, by key."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM entity WHERE collection = ? AND key > ? AND live"
        " ORDER BY key LIMIT ?",
        (collection.name, key, limit),
    ).fetchall()
    return [_entity(row) for row in rows]


def recent(connection: sqlite3.Connection, collection: Collection, *, limit: int) -> list[Entity]:
    """Up to `limit` live entities, most recently changed first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM entity WHERE collection = ? AND live"
        " ORDER BY changed_at DESC LIMIT ?",
        (collection.name, limit),
    ).fetchall()
    return [_entity(row) for row in rows]


def count(connection: sqlite3.Connection, collection: Collection) -> int:
    """How many live entities the collection has."""
    row = connection.execute(
        "SELECT count(*) FROM entity WHERE collection = ? AND live", (collection.name,)
    ).fetchone()
    return int(row[0])


def save(connection: sqlite3.Connection, collection: Collection, entity: Entity) -> None:
    """Insert or replace the row of this key."""
    connection.execute(
        f"INSERT INTO entity (collection, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (collection, key) DO UPDATE SET external_id = excluded.external_id,"
        " sequence = excluded.sequence, live = excluded.live, fields = excluded.fields,"
        " changed_at = excluded.changed_at",
        (
            collection.name,
            entity.key,
            entity.external_id,
            entity.sequence,
            entity.live,
            json.dumps(entity.fields),
            entity.changed_at,
        ),
    )


def next_external_id(connection: sqlite3.Connection, collection: Collection) -> str:
    """A new id such as "C-000012"; ids are never used twice."""
    row = connection.execute(
        "INSERT INTO last_id (collection, number) VALUES (?, 1)"
        " ON CONFLICT (collection) DO UPDATE SET number = number + 1 RETURNING number",
        (collection.name,),
    ).fetchone()
    return f"{collection.id_prefix}-{row[0]:06d}"


def _entity(row: tuple[str, str, int | None, int, str, str]) -> Entity:
    key, external_id, sequence, live, fields, changed_at = row
    return Entity(
        key=key,
        external_id=external_id,
        sequence=sequence,
        live=bool(live),
        fields=json.loads(fields),
        changed_at=changed_at,
    )
