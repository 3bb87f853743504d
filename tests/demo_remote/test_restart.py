import sqlite3
from pathlib import Path

import pytest
import requests

from demo_remote.server import RunningRemote, start
from tests.demo_remote.client import ALICE, TOKEN, Client


def test_it_finds_everything_again_after_a_restart(database: Path) -> None:
    with start(database, TOKEN) as running:
        before = Client(running.url)
        first = before.create(ALICE, sequence=3, idempotency_key="k1").json()
        ledger = before.ledger()
    with start(database, TOKEN) as running:
        after = Client(running.url)
        assert after.show("ALICE").json() == first
        assert after.ledger() == ledger
        assert after.create(ALICE, idempotency_key="k1").headers["Idempotent-Replayed"] == "true"
        assert after.update("ALICE", {}, sequence=3).json()["error"] == "stale_sequence"
        assert after.create({"customer_no": "BOB"}).json()["id"] == "C-000002"


def test_it_answers_no_more_once_stopped(remote: RunningRemote, client: Client) -> None:
    client.get("/api/ping")  # a connection is open and kept alive
    remote.stop()
    with pytest.raises(requests.ConnectionError):
        client.get("/api/ping")


def test_it_can_start_again_on_the_same_port(database: Path, client: Client) -> None:
    with start(f"{database}.other", TOKEN) as running:
        other = Client(running.url)
        other.get("/api/ping")
        port = int(running.url.rpartition(":")[2])
    with start(f"{database}.other", TOKEN, port) as running:
        assert other.get("/api/ping").status_code == 200


def test_it_can_be_stopped_twice(remote: RunningRemote) -> None:
    remote.stop()
    remote.stop()


def test_it_refuses_a_port_that_is_taken(remote: RunningRemote, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        start(tmp_path / "other.sqlite3", TOKEN, int(remote.url.rpartition(":")[2]))


def test_it_refuses_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Alice, " * 100)
    with pytest.raises(sqlite3.DatabaseError):
        start(file, TOKEN)


def test_it_starts_customers_at_the_given_credit_limit(database: Path) -> None:
    with start(database, TOKEN, seed_credit_limit="750.00") as running:
        assert Client(running.url).create(ALICE).json()["credit_limit"] == "750.00"
