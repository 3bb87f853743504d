"""An SQLite that another process keeps locked: one waits a while, then is told, and it heals."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection

from customers.models import Customer
from outbox.models import Attempt, Message, Outcome
from outbox.signals import announce_again
from records.actions import create_record
from records.context import EditContext
from records.models import Change
from records.registry import RecordType
from tests.api.conftest import RIGHTS, Api, api_of, etag, kind
from tests.outbox.situations import drain
from tests.processes.at_points import at_point
from tests.processes.ledger import assert_all_arrived
from tests.processes.own_database import working_on
from tests.processes.stack import RemoteProcess

#: How long this process waits for the lock, in seconds.
PATIENCE = 0.5

_HOLD = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=10)
database.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


class Holder:
    """Another process, which holds the write lock when it is told to."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def hold(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _HOLD, connection.settings_dict["NAME"]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "locked\n"

    def let_go(self) -> None:
        if self._process is not None:
            self._process.communicate(timeout=10)
            self._process = None

    def hold_for(self, seconds: float) -> None:
        """Returns once it is held."""
        self.hold()
        threading.Timer(seconds, self.let_go).start()


@pytest.fixture
def holder(stack: dict[str, str]) -> Iterator[Holder]:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no lock for everybody")
    options = connection.settings_dict["OPTIONS"] | {"timeout": PATIENCE}
    holder = Holder()
    with working_on(OPTIONS=options):
        yield holder
        holder.let_go()


@pytest.fixture
def api(holder: Holder) -> Api:
    return api_of("alice", *RIGHTS)


@pytest.fixture
def acme(holder: Holder, customers: RecordType, alice: EditContext) -> Customer:
    record = create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice).record
    assert isinstance(record, Customer)
    return record


ACME = "/api/v1/customers/C-1"


def test_an_edit_waits_and_is_then_refused_until_the_lock_is_gone(
    holder: Holder, api: Api, acme: Customer
) -> None:
    seen = etag(acme)
    holder.hold()
    started = time.monotonic()
    refused = api.patch(ACME, {"city": "Berlin"}, if_match=seen)
    took = time.monotonic() - started
    assert (refused.status_code, kind(refused)) == (503, "unavailable")
    assert took > PATIENCE
    assert api.get(ACME).status_code == 200  # reading goes on
    assert Change.objects.count() == Message.objects.count() == 1

    holder.let_go()
    assert api.patch(ACME, {"city": "Berlin"}, if_match=seen).status_code == 200
    assert Change.objects.count() == Message.objects.count() == 2


def test_an_edit_that_need_not_wait_for_long_is_saved(
    holder: Holder, api: Api, acme: Customer
) -> None:
    seen = etag(acme)
    holder.hold_for(PATIENCE / 2)
    assert api.patch(ACME, {"city": "Berlin"}, if_match=seen).status_code == 200


def test_a_drain_keeps_its_outcomes_until_it_can_write_them(
    holder: Holder, acme: Customer, remote: RemoteProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened = at_point(monkeypatch, "after_reply", lambda: holder.hold_for(3 * PATIENCE))
    drain()
    assert happened.is_set()
    assert not Attempt.objects.exclude(outcome=Outcome.DELIVERED).exists()
    announce_again()
    assert_all_arrived(remote)
