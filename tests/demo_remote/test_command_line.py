import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.demo_remote.client import ALICE, Client

Launch = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Starts the command line with a database in a folder yet to be made."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        database = str(tmp_path / "var" / "remote.sqlite3")
        process = subprocess.Popen(
            [sys.executable, "-m", "demo_remote", "--database", database, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().removeprefix("demo remote ready at ").strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_and_cleanly_on_a_signal(launch: Launch, number: int) -> None:
    process = launch("--port", "0", "--token", "demo-token")
    client = Client(url_of(process))
    assert client.create(ALICE).status_code == 201  # its connection stays open
    client.switch(slow_seconds=0.01)
    began = time.monotonic()
    process.send_signal(number)
    output, errors = process.communicate(timeout=10)
    assert time.monotonic() - began < 2
    assert (process.returncode, output, errors) == (0, "", "")


def test_it_takes_the_seed_credit_limit(launch: Launch) -> None:
    client = Client(url_of(launch("--port", "0", "--seed-credit-limit", "10")))
    assert client.create(ALICE).json()["credit_limit"] == "10.00"


@pytest.mark.parametrize(
    "arguments", [["--seed-credit-limit", "lots"], ["--token", ""], ["--port", "x"]]
)
def test_it_refuses_bad_arguments(launch: Launch, arguments: list[str]) -> None:
    process = launch(*arguments)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert arguments[0] in errors


def test_it_says_why_it_cannot_start(launch: Launch) -> None:
    port = url_of(launch("--port", "0")).rpartition(":")[2]
    second = launch("--port", port)
    _, errors = second.communicate(timeout=10)
    assert second.returncode == 1
    assert errors.startswith("demo remote cannot start: ")
    assert "Traceback" not in errors
