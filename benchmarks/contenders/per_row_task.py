"""The task of one row; `python -m benchmarks.contenders.per_row_task` queues one for each."""

import json

import django
from django.db import connection

from benchmarks.contenders.peer_sending import send
from benchmarks.contenders.per_row import TABLE


def deliver(row_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT path, headers, body FROM {TABLE} "  # noqa: S608  our own name
            "WHERE id = %s AND delivered_at IS NULL",
            [row_id],
        )
        row = cursor.fetchone()
        if row is None:
            return
        path, headers, body = row
        send(path, headers if isinstance(headers, dict) else json.loads(headers), body.encode())
        cursor.execute(
            f"UPDATE {TABLE} SET delivered_at = clock_timestamp() WHERE id = %s",  # noqa: S608
            [row_id],
        )


def queue_all() -> None:
    """Made first and pushed at once, so that making them is no part of what is measured."""
    from django_q.brokers import get_broker
    from django_q.tasks import async_task

    broker = get_broker()
    packages: list[bytes] = []
    push, broker.enqueue = broker.connection.rpush, packages.append
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {TABLE} WHERE delivered_at IS NULL ORDER BY id"  # noqa: S608
        )
        ids = [row_id for (row_id,) in cursor.fetchall()]
    for row_id in ids:
        async_task("benchmarks.contenders.per_row_task.deliver", row_id, broker=broker)
    push(broker.list_key, *packages)


if __name__ == "__main__":
    django.setup()
    queue_all()
