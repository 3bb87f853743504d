"""The databases that a soak runs on: made for it, and thrown away behind it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

#: A server to make a database on, and a Redis database that is nobody else's.
POSTGRESQL_URL = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("SOAK_REDIS_URL", "redis://127.0.0.1:6379/15")


class NotAvailable(Exception):
    """The text says which server does not answer, or why it cannot be used."""


@contextmanager
def throw_away(name: str, folder: Path) -> Iterator[dict[str, str]]:
    """The environment of processes on a new database: "sqlite" or "postgresql".

    Raises NotAvailable.
    """
    common = {
        "DJANGO_SETTINGS_MODULE": "integration_site.settings",
        "ENV_FILE": os.devnull,
        "SECRET_KEY": "for-a-soak-only",
        "QUEUE_NAME": f"soak-{os.getpid()}",
        "ERP_URL": "http://127.0.0.1:9/api",  # the remote's own is known when it has started
        "ERP_TOKEN": "test-token",
        "LOG_LEVEL": "WARNING",
    }
    if name == "sqlite":
        path = folder / "db.sqlite3"
        yield common | {"DATABASE_URL": f"sqlite:///{path}", "REDIS_URL": ""}
        return
    with _new_database() as url, _empty_redis():
        yield common | {"DATABASE_URL": url, "REDIS_URL": REDIS_URL}


@contextmanager
def _new_database() -> Iterator[str]:
    name = sql.Identifier(f"soak_{os.getpid()}")
    try:
        server = psycopg.connect(POSTGRESQL_URL, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        raise NotAvailable(f"PostgreSQL does not answer: {error}".strip()) from error
    with server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            parts = urlsplit(POSTGRESQL_URL)
            yield urlunsplit(parts._replace(path=f"/soak_{os.getpid()}"))
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@contextmanager
def _empty_redis() -> Iterator[None]:
    """One whose database is flushed again and again."""
    with redis.Redis.from_url(REDIS_URL, socket_connect_timeout=3) as server:
        try:
            keys = server.dbsize()
        except redis.RedisError as error:
            raise NotAvailable(f"Redis does not answer: {error}") from error
        if keys:
            raise NotAvailable(f"{REDIS_URL} is not empty, and a soak flushes it.")
        try:
            yield
        finally:
            server.flushdb()
