"""Servers of a test's own, to be restarted, halted and killed: nobody else's data is on them."""

import os
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from tests.processes.stack import wait_until

#: PostgreSQL refuses to run as root.
_AS_POSTGRES: dict[str, Any] = (
    {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _binary(name: str) -> str:
    """Its path; skips the test where it is not installed."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(beside[-1]) if beside else shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


class OwnPostgres:
    def __init__(self, folder: Path) -> None:
        """`folder`: empty, and for everybody to enter; it becomes the server's."""
        self.port = free_port()
        self._folder = folder
        if _AS_POSTGRES:
            shutil.chown(folder, **_AS_POSTGRES)
        subprocess.run(
            [
                *(_binary("initdb"), str(folder / "data"), "--auth=trust", "--username=postgres"),
                *("--encoding=UTF8", "--locale=C", "--no-sync", "--wal-segsize=1"),
            ],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
            **_AS_POSTGRES,
        )
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *(_binary("postgres"), "-D", str(self._folder / "data"), "-p", str(self.port)),
                # No fsync: the server crashes here, the machine does not.
                *("-h", "127.0.0.1", "-k", "", "-F"),
                *("-c", "min_wal_size=2MB", "-c", "max_wal_size=8MB"),  # for small disks
            ],
            cwd=self._folder,
            stderr=subprocess.DEVNULL,
            **_AS_POSTGRES,
        )
        wait_until(self._answers, seconds=30, what="PostgreSQL answers")

    def stop(self) -> None:
        """As `pg_ctl stop -m immediate`: it aborts, and recovers from its log when it starts."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)

    close = stop

    def restart(self) -> None:
        self.stop()
        self.start()

    def login(self, database: str) -> dict[str, str]:
        """As Django's settings have it."""
        return {
            "NAME": database,
            "USER": "postgres",
            "PASSWORD": "",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
        }

    def execute(self, statement: str) -> None:
        with self._session() as session:
            session.execute(statement)

    def terminate_backends(self) -> None:
        """All sessions but this one."""
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )

    def somebody_waits(self) -> bool:
        """Whether a session waits for a lock."""
        with self._session() as session:
            waiting = session.execute("SELECT FROM pg_locks WHERE NOT granted").fetchone()
        return waiting is not None

    def _session(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", autocommit=True
        )

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            self._session().close()
            return True
        return False


class OwnRedis:
    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                _binary("redis-server"),
                "--port",
                str(self.port),
                "--save",
                "",
                "--bind",
                "127.0.0.1",
            ],
            stdout=subprocess.DEVNULL,
        )
        wait_until(self._answers, seconds=10, what="Redis answers")

    def stop(self) -> None:
        """It forgets what it held."""
        self._process.kill()
        self._process.wait(10)

    def halt(self) -> None:
        """It takes connections and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=5)

    def _answers(self) -> bool:
        with suppress(redis.RedisError):
            return bool(self.client().ping())
        return False
