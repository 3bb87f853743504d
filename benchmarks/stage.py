"""The stage: a database and a Redis that are nobody else's, and a folder; gone after the run."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
import redis
from psycopg import sql

from benchmarks.processes import ROOT
from benchmarks.workload import TOKEN

#: A server to make a database on, and a Redis database that nobody uses.
DATABASE_URL: Final = os.environ.get(
    "BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres"
)
REDIS_URL: Final = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/14")
HERE: Final = ("127.0.0.1", "localhost", "::1")


class NotAvailable(Exception):
    """The text says which server does not answer, or why it cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    database_url: str
    redis_url: str
    #: For files of the run.
    folder: Path

    def connect(self) -> psycopg.Connection[Any]:
        """In autocommit mode."""
        return psycopg.connect(self.database_url, autocommit=True)

    def environment(self) -> dict[str, str]:
        """For processes of the application; the remote's URL is still to be added."""
        return {
            "DJANGO_SETTINGS_MODULE": "integration_site.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": "for-benchmarks-only",
            "DATABASE_URL": self.database_url,
            "DATABASE_STATEMENT_TIMEOUT": "600",
            "REDIS_URL": self.redis_url,
            "QUEUE_NAME": "bench",
            "ERP_URL": "http://127.0.0.1:9/api",
            "ERP_TOKEN": TOKEN,
            "LOG_LEVEL": "WARNING",
        }

    def backends(self) -> list[psutil.Process]:
        """The server's processes for our database, where the server is on this host."""
        with self.connect() as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchall()
        return [psutil.Process(pid) for (pid,) in rows if psutil.pid_exists(pid)]


@contextmanager
def set_up() -> Iterator[Stage]:
    """Raises NotAvailable."""
    folder = ROOT / "build"
    folder.mkdir(exist_ok=True)
    with (
        _new_database() as url,
        _empty_redis(),
        tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as files,
    ):
        yield Stage(database_url=url, redis_url=REDIS_URL, folder=Path(files))


@contextmanager
def _new_database() -> Iterator[str]:
    _require_here(DATABASE_URL)
    name = f"bench_{os.getpid()}"
    try:
        server = psycopg.connect(DATABASE_URL, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        raise NotAvailable(f"PostgreSQL does not answer: {error}".strip()) from error
    with server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(DATABASE_URL)._replace(path=f"/{name}"))
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def _empty_redis() -> Iterator[None]:
    _require_here(REDIS_URL)
    with redis.Redis.from_url(REDIS_URL, socket_connect_timeout=3) as server:
        try:
            keys = server.dbsize()
        except redis.RedisError as error:
            raise NotAvailable(f"Redis does not answer: {error}") from error
        if keys:
            raise NotAvailable("The database of BENCH_REDIS_URL is not empty, and is flushed.")
        try:
            yield
        finally:
            server.flushdb()


def _require_here(url: str) -> None:
    """No load for anybody else's server."""
    if urlsplit(url).hostname not in HERE:
        raise NotAvailable("The servers of a benchmark have to be on this host (127.0.0.1).")
