"""Our messages, written as recording writes them, by COPY: what waits after bulk edits."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import psycopg
import uuid_utils
from psycopg.types.json import Jsonb

from benchmarks.workload import COLLECTION, KEY_FIELD, Message

_LANES: Final = """
    COPY outbox_lane (destination, record_type, key, last_sequence, present, priority, due_at)
    FROM STDIN
"""
_MESSAGES: Final = """
    COPY outbox_message (id, lane_id, sequence, operation, record_version, changes, collection,
        key_field, payload, mapping_version, edit_id, actor, source, reference, priority, state,
        delivery_number, attempts, maybe_applied, crashes, closed_before, died_of, last_error,
        created_at)
    FROM STDIN
"""
#: A lane and its one message each, made by the server itself: seconds for a million.
_MANY: Final = """
    WITH lane AS (
        INSERT INTO outbox_lane
            (destination, record_type, key, last_sequence, present, priority, due_at)
        SELECT 'erp', 'customer', %(prefix)s || lpad(n::text, 8, '0'), 1, true, 0,
            clock_timestamp()
        FROM generate_series(1, %(count)s) AS n
        RETURNING id, key
    ), numbered AS (
        SELECT id, key, row_number() OVER (ORDER BY id) AS n,
            (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms
        FROM lane
    )
    INSERT INTO outbox_message
        (id, lane_id, sequence, operation, record_version, changes, collection, key_field, payload,
         mapping_version, edit_id, actor, source, reference, priority, state, delivery_number,
         attempts, maybe_applied, crashes, closed_before, died_of, last_error, created_at)
    SELECT
        -- RFC 9562, version 7: ids that rise, as recording makes them
        (lpad(to_hex(ms + n / 4096), 12, '0') || '7' || lpad(to_hex(n %% 4096), 3, '0')
            || '8' || left(md5(random()::text), 15))::uuid,
        id, 1, 'update', 2, '{}', 'customers', 'customer_no',
        jsonb_build_object('display_name', 'Alfreds Futterkiste ' || key, 'remarks',
            'Delivers in the morning only; ask for Maria at the gate.'),
        1, gen_random_uuid(), 'alice', 'form', '', 0, 'pending', 1,
        0, false, 0, 0, '', '', clock_timestamp()
    FROM numbered
"""
_ANALYZE: Final = "ANALYZE outbox_lane, outbox_message"


def load_messages(connection: psycopg.Connection[Any], messages: Sequence[Message]) -> None:
    """In one transaction, with fresh statistics, as autovacuum would have them."""
    lanes: dict[str, int] = {}
    for message in messages:
        lanes[message.key] = message.sequence
    with connection.transaction(), connection.cursor() as cursor:
        now = cursor.execute("SELECT clock_timestamp()").fetchone()
        created_at = now[0] if now else None
        with cursor.copy(_LANES) as copy:
            for key, last in lanes.items():
                copy.write_row(("erp", "customer", key, last, True, 0, created_at))
        ids = dict(
            cursor.execute(
                "SELECT key, id FROM outbox_lane WHERE record_type = 'customer' AND key = ANY(%s)",
                [list(lanes)],
            ).fetchall()
        )
        with cursor.copy(_MESSAGES) as copy:
            for message in messages:
                copy.write_row(_row(message, ids[message.key], created_at))
        cursor.execute(_ANALYZE)


def load_many(connection: psycopg.Connection[Any], count: int, *, prefix: str) -> None:
    """So many lanes, each with one message."""
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(_MANY, {"count": count, "prefix": prefix})
        connection.execute(_ANALYZE)


def _row(message: Message, lane_id: int, created_at: Any) -> tuple[Any, ...]:
    return (
        message.id,
        lane_id,
        message.sequence,
        "update",
        message.sequence + 1,
        Jsonb({name: [None, value] for name, value in message.payload.items()}),
        COLLECTION,
        KEY_FIELD,
        Jsonb(dict(message.payload)),
        1,
        UUID(int=uuid_utils.uuid7().int),
        "alice",
        "form",
        "",
        0,
        "pending",
        1,
        0,
        False,
        0,
        0.0,
        "",
        "",
        created_at,
    )
