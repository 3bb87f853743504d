"""The remote's tables."""

SCHEMA = """
-- One row per key ever seen. A deleted entity stays as a tombstone (live = 0), because its
-- sequence still decides whether a later write is stale.
CREATE TABLE IF NOT EXISTS entity (
    collection  TEXT NOT NULL,
    key         TEXT NOT NULL,
    external_id TEXT NOT NULL,
    sequence    INTEGER,            -- last applied; NULL until a write carries one
    live        INTEGER NOT NULL,
    fields      TEXT NOT NULL,      -- JSON object: what was sent, and the remote-owned field
    changed_at  TEXT NOT NULL,      -- UTC, ISO 8601 with microseconds
    PRIMARY KEY (collection, key)
);
CREATE INDEX IF NOT EXISTS entity_recent ON entity (collection, changed_at) WHERE live;

CREATE TABLE IF NOT EXISTS last_id (
    collection TEXT PRIMARY KEY,
    number     INTEGER NOT NULL
);

-- The first definite reply to each idempotency key, and the request it answered.
CREATE TABLE IF NOT EXISTS first_reply (
    idempotency_key TEXT PRIMARY KEY,
    method          TEXT NOT NULL,
    path            TEXT NOT NULL,
    body_sha256     TEXT NOT NULL,
    status          INTEGER NOT NULL,
    body            BLOB NOT NULL
);

-- One row per applied write, never changed.
CREATE TABLE IF NOT EXISTS ledger (
    position        INTEGER PRIMARY KEY AUTOINCREMENT,
    at              TEXT NOT NULL,
    collection      TEXT NOT NULL,
    key             TEXT NOT NULL,
    operation       TEXT NOT NULL,
    sequence        INTEGER,
    idempotency_key TEXT,
    body_sha256     TEXT NOT NULL,
    body            TEXT
);
"""
