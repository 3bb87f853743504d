"""Real processes for tests: a demo remote and a worker, on the database of the test run."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
import requests
from django.conf import settings
from django.db import connection

from tests.processes.ledger import DemoRemoteClient

TOKEN = "test-token"


def wait_until(condition: Callable[[], object], *, seconds: float, what: str) -> float:
    """Seconds that it took. Raises AssertionError where it does not come true."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        if condition():
            return time.monotonic() - started
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds:g} s: {what}")


def database_url() -> str:
    """Of the database that this process works on, for other processes."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    login = quote(database["USER"] or "")
    if database["PASSWORD"]:
        login += ":" + quote(database["PASSWORD"])
    host = database["HOST"] or "localhost"
    port = f":{database['PORT']}" if database["PORT"] else ""
    return f"postgres://{login}@{host}{port}/{quote(database['NAME'])}"


class RemoteProcess(DemoRemoteClient):
    """The demo remote as a process of its own; stopping it makes connections be refused."""

    def __init__(self, folder: Path) -> None:
        self._database = folder / "remote.sqlite3"
        self._port = 0
        super().__init__("", TOKEN)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "demo_remote", "--token", TOKEN),
                *("--port", str(self._port), "--database", str(self._database)),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]
        self._port = int(self.url.rsplit(":", 1)[1])

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


def environment(remote: RemoteProcess, **overrides: str) -> dict[str, str]:
    """For a process of the application: this run's database and queue, short waits."""
    short = {
        "OUTBOX_LEASE": "3",
        "OUTBOX_GRACE": "0.5",
        "OUTBOX_SWEEP": "1",
        "OUTBOX_DRAIN": "5",
        "OUTBOX_WEDGED_AFTER": "4",
        "ERP_DEADLINE": "1.5",
    }
    return (
        os.environ
        | short
        | {
            "DJANGO_SETTINGS_MODULE": "integration_site.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": settings.SECRET_KEY,
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "QUEUE_NAME": settings.QUEUE_NAME,
            "ERP_URL": f"{remote.url}/api",
            "ERP_TOKEN": TOKEN,
            "UPLOAD_LEASE": "3",
            "LOG_LEVEL": "WARNING",
        }
        | overrides
    )


class WorkerProcess:
    """`manage.py run_worker`; what it says goes to `output`, or to where ours goes."""

    def __init__(self, env: dict[str, str], *, output: IO[bytes] | None = None) -> None:
        # From another folder, as a service manager would.
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "run_worker"]
        self.process = subprocess.Popen(command, env=env, cwd="/", stdout=output, stderr=output)

    def cluster(self, queue: str = settings.QUEUE_NAME) -> list[psutil.Process]:
        """The processes of the django-q2 cluster of a queue, its main process first."""
        try:
            for main in psutil.Process(self.process.pid).children():
                if main.environ().get("Q_CLUSTER_NAME") == queue:
                    return [main, *main.children(recursive=True)]
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            pass  # it ends at this very moment
        return []

    def all_processes(self) -> list[psutil.Process]:
        """Of all its clusters."""
        try:
            return list(psutil.Process(self.process.pid).children(recursive=True))
        except psutil.NoSuchProcess:
            return []

    def wait_for_cluster(self, queue: str = settings.QUEUE_NAME) -> None:
        # main, sentinel, monitor, pusher and at least one worker
        wait_until(lambda: len(self.cluster(queue)) >= 5, seconds=30, what="the cluster is up")

    def stop(self, *, seconds: float = 20) -> int:
        """Its exit code after SIGTERM; kills it where that takes too long."""
        left = self.all_processes()
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            for process in left:
                kill(process)


def kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGKILL)


def is_running(process: psutil.Process) -> bool:
    """False for one that has ended, though nobody has asked for its exit code."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


@contextmanager
def running_web(env: dict[str, str], *, output: IO[bytes] | None = None) -> Iterator[str]:
    """The application's pages under gunicorn; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "integration_site.wsgi", "--threads", "4"),
            *("--bind", f"127.0.0.1:{port}", "--log-level", "warning"),
        ],
        env=env | {"DEBUG": "true"},
        stdout=output,
        stderr=output,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(f"{address}/readyz"), seconds=40, what="the pages answer")
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _answers(address: str) -> bool:
    with suppress(requests.ConnectionError, requests.Timeout):
        return requests.get(address, timeout=5).ok
    return False


def running_worker(env: dict[str, str]) -> Iterator[WorkerProcess]:
    worker = WorkerProcess(env)
    try:
        worker.wait_for_cluster()
        yield worker
    finally:
        if worker.process.poll() is None:
            worker.stop()
