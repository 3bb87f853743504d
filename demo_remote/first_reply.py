"""Idempotency: the first definite reply to a key is kept, and repeated.

After the IETF draft "The Idempotency-Key HTTP Header Field": a repeat gets the first reply
and has no effect; the same key with another request is the sender's mistake.
"""

import sqlite3

from demo_remote.message import Refusal, Reply
from demo_remote.write import Write

REPLAYED = {"Idempotent-Replayed": "true"}


def find(connection: sqlite3.Connection, write: Write) -> Reply | None:
    """The kept reply; None when the key is new or absent. Raises Refusal 422 on reuse."""
    if write.idempotency_key is None:
        return None
    row = connection.execute(
        "SELECT method, path, body_sha256, status, body FROM first_reply WHERE idempotency_key = ?",
        (write.idempotency_key,),
    ).fetchone()
    if row is None:
        return None
    method, path, body_sha256, status, body = row
    if (method, path, body_sha256) != (write.method, write.path, write.body_sha256):
        raise Refusal(
            422, "idempotency_key_reused", "This idempotency key belongs to another request."
        )
    return Reply(status=status, body=body, headers=REPLAYED)


def keep(connection: sqlite3.Connection, write: Write, reply: Reply) -> None:
    """Call inside the transaction that applies the write."""
    if write.idempotency_key is None:
        return
    connection.execute(
        "INSERT INTO first_reply (idempotency_key, method, path, body_sha256, status, body)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            write.idempotency_key,
            write.method,
            write.path,
            write.body_sha256,
            reply.status,
            reply.body,
        ),
    )
