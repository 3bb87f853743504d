"""The ledger: what was applied, in order. A test reads it to prove "exactly once"."""

import sqlite3
from dataclasses import asdict, dataclass

_COLUMNS = "position, at, collection, key, operation, sequence, idempotency_key, body_sha256, body"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One applied write."""

    at: str
    """UTC, ISO 8601."""
    collection: str
    key: str
    operation: str
    """create, update or delete."""
    sequence: int | None
    idempotency_key: str | None
    body_sha256: str
    """Hex digest of the bytes as sent."""
    body: str | None
    """The JSON text as sent; None for a delete."""


def append(connection: sqlite3.Connection, effect: Effect) -> None:
    """Call inside the transaction that applies the effect."""
    connection.execute(
        "INSERT INTO ledger"
        " (at, collection, key, operation, sequence, idempotency_key, body_sha256, body)"
        " VALUES (:at, :collection, :key, :operation, :sequence, :idempotency_key,"
        " :body_sha256, :body)",
        asdict(effect),
    )


def after(connection: sqlite3.Connection, *, position: int, limit: int) -> list[dict[str, object]]:
    """Up to `limit` rows whose position is greater, oldest first."""
    return _rows(
        connection.execute(
            f"SELECT {_COLUMNS} FROM ledger WHERE position > ? ORDER BY position LIMIT ?",
            (position, limit),
        )
    )


def last(connection: sqlite3.Connection, *, limit: int) -> list[dict[str, object]]:
    """The last `limit` rows, newest first."""
    return _rows(
        connection.execute(
            f"SELECT {_COLUMNS} FROM ledger ORDER BY position DESC LIMIT ?", (limit,)
        )
    )


def _rows(cursor: sqlite3.Cursor) -> list[dict[str, object]]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
