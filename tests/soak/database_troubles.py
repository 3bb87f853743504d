"""What can happen to the database and to the queue."""

import random
import sqlite3
from collections.abc import Callable

import psycopg
import redis
from django.conf import settings
from django.db import connection
from django_q.models import OrmQ
from django_q.tasks import async_task

from tests.soak.scene import Scene, patiently


def the_queue_is_lost(scene: Scene, rng: random.Random) -> str:
    if settings.REDIS_URL:
        with redis.Redis.from_url(settings.REDIS_URL) as server:
            server.flushdb()
        return "FLUSHDB"
    lost, _ = patiently(lambda: OrmQ.objects.all().delete())
    return f"{lost} tasks"


def the_queue_is_flooded(scene: Scene, rng: random.Random) -> str:
    """The same wake-up again and again."""

    def flood() -> None:
        for _ in range(20):
            async_task("outbox.tasks.drain", "erp", cluster=settings.QUEUE_NAME)

    patiently(flood)
    return "20 tasks"


def connections_are_cut(scene: Scene, rng: random.Random) -> str:
    """All of them, or half; ours as well."""
    chance = rng.choice([0.5, 1.0])
    with _postgresql() as server:
        [cut] = server.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < %s",
            [chance],
        ).fetchall()
    return f"{cut[0]} connections"


def somebody_holds_rows(scene: Scene, rng: random.Random) -> str:
    """In a transaction that does nothing: lanes, records, or what is known of the destination."""
    table = rng.choice(["outbox_lane", "outbox_lane", "customers_customer", "products_product"])
    table = rng.choice([table, table, table, "outbox_destinationstate"])
    seconds = rng.uniform(1, 5)
    with _postgresql() as server, server.transaction():
        # Those that somebody else has are left out: this must not wait for others in turn.
        held = server.execute(
            f"SELECT 1 FROM {table} WHERE random() < %s FOR UPDATE SKIP LOCKED",
            [rng.choice([0.1, 1.0])],
        ).fetchall()
        scene.hold(seconds)
    return f"{len(held)} rows of {table} for {seconds:.1f} s"


def somebody_has_the_write_lock(scene: Scene, rng: random.Random) -> str:
    seconds = rng.uniform(0.5, 5)
    server = sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=60)
    try:
        server.execute("BEGIN IMMEDIATE")
        scene.hold(seconds)
        server.rollback()
    finally:
        server.close()
    return f"for {seconds:.1f} s"


def of_this_database() -> dict[Callable[[Scene, random.Random], str], int]:
    """Trouble → weight."""
    if connection.vendor == "sqlite":
        return {the_queue_is_lost: 3, the_queue_is_flooded: 1, somebody_has_the_write_lock: 4}
    return {
        the_queue_is_lost: 3,
        the_queue_is_flooded: 1,
        connections_are_cut: 3,
        somebody_holds_rows: 3,
    }


def _postgresql() -> psycopg.Connection:
    """Beside Django's own connection."""
    config = connection.settings_dict
    return psycopg.connect(
        host=config["HOST"] or None,
        port=config["PORT"] or None,
        user=config["USER"] or None,
        password=config["PASSWORD"] or None,
        dbname=config["NAME"],
        autocommit=True,
    )
