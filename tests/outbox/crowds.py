"""Very many lanes and messages, made by the database itself, which takes seconds for a million."""

from django.db import connection, transaction

_NUMBERS = (
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {})"
)
_UUID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}


def idle_lanes(count: int, *, prefix: str = "N") -> None:
    """N1, N2 …, each with nothing left to send."""
    _run(
        f"""
        INSERT INTO outbox_lane
            (destination, record_type, key, last_sequence, head_sequence, present,
             acknowledged_sequence, taken_over_sequence)
        {_NUMBERS.format(count)}
        SELECT 'erp', 'customer', '{prefix}' || n, 1, 2, true, 1, 1 FROM numbers
        """
    )


def lanes_in_backoff(count: int) -> None:
    """B1, B2 …: each has failed, and comes due within the hour."""
    _run(
        f"""
        INSERT INTO outbox_lane
            (destination, record_type, key, last_sequence, present, priority, failures, due_at)
        {_NUMBERS.format(count)}
        SELECT 'erp', 'customer', 'B' || n, 1, true, CASE WHEN n %% 2 = 0 THEN 0 ELSE 10 END, 5,
            {_in("60 + n %% 3540")}
        FROM numbers
        """
    )
    _insert_messages("B", state="pending", ended_at="NULL")


def delivered_messages(count: int, *, days: int) -> None:
    """One for each of so many lanes, evenly over the last days; the last one a moment ago."""
    idle_lanes(count)
    ago = f"-{days * 86400.0} * ({count} - CAST(substr(lane.key, 2) AS integer)) / {count}"
    _insert_messages("N", state="delivered", ended_at=_in(ago))
    _run(
        """
        INSERT INTO outbox_attempt
            (message_id, number, started_at, duration, outcome, status, response, error)
        SELECT id, 1, created_at, 0.1, 'delivered', 200, '', '' FROM outbox_message
        WHERE state = 'delivered'
        """
    )


def analyze() -> None:
    """What autovacuum does every now and then: without it, PostgreSQL plans for empty tables."""
    if connection.vendor == "postgresql":
        _run("ANALYZE outbox_lane, outbox_message, outbox_attempt")


def _insert_messages(prefix: str, *, state: str, ended_at: str) -> None:
    _run(
        f"""
        INSERT INTO outbox_message
            (id, lane_id, sequence, operation, record_version, changes, collection, key_field,
             payload, mapping_version, edit_id, actor, source, reference, priority, state,
             delivery_number, attempts, maybe_applied, crashes, closed_before, died_of, last_error,
             created_at, ended_at)
        SELECT {_UUID[connection.vendor]}, lane.id, 1, 'create', 1, '{{}}', 'customers',
            'customer_no', '{{"display_name": "Alfreds Futterkiste"}}', 1,
            {_UUID[connection.vendor]}, 'alice', 'form', '', lane.priority, '{state}', 1, 1, false,
            0, 0, '', '', {_in("0")}, {ended_at}
        FROM outbox_lane AS lane WHERE lane.key LIKE '{prefix}%%'
        """
    )


def _in(seconds: str) -> str:
    """The database's time in so many seconds, as it writes times."""
    if connection.vendor == "postgresql":
        return f"clock_timestamp() + ({seconds}) * interval '1 second'"
    return f"strftime('%%Y-%%m-%%d %%H:%%M:%%f000', 'now', ({seconds}) || ' seconds')"


def _run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(sql, [])
