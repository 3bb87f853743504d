"""A disk without room: nothing is said to be saved that is not, and all goes on when there is."""

import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from customers.models import Customer
from outbox.models import Attempt, Message, Outcome
from outbox.signals import announce_again
from records.actions import create_record
from records.context import EditContext
from records.models import Change
from records.registry import RecordType
from tests.api.conftest import RIGHTS, Api, api_of, kind
from tests.outbox.situations import drain
from tests.people import browser_of, person
from tests.processes.at_points import at_point
from tests.processes.ledger import all_is_quiet, assert_all_arrived
from tests.processes.own_database import migrate, working_on
from tests.processes.own_servers import OwnPostgres
from tests.processes.programs import edits
from tests.processes.small_disk import SmallDisk, small_disk
from tests.processes.stack import RemoteProcess, wait_until
from uploads.models import State, Upload


@pytest.fixture
def disk(stack: dict[str, str], tmp_path: Path) -> Iterator[SmallDisk]:
    """A small one, on which this process's SQLite is."""
    if connection.vendor != "sqlite":
        pytest.skip("this is SQLite's")
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder, megabytes=8) as disk:
        name = str(folder / "db.sqlite3")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [name])
        with working_on(NAME=name):
            yield disk


def fill(disk: SmallDisk) -> None:
    """With nothing left in SQLite's log that could be used again."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    disk.fill()


def test_an_edit_is_refused_while_the_disk_is_full(disk: SmallDisk) -> None:
    api = api_of("alice", *RIGHTS)
    fill(disk)
    refused = api.put("/api/v1/customers/ALFKI", {"name": "Alfreds"})
    assert (refused.status_code, kind(refused)) == (503, "unavailable")
    assert api.get("/api/v1/customers").status_code == 200  # reading goes on
    disk.make_room()
    assert Change.objects.count() == Message.objects.count() == 0
    assert api.put("/api/v1/customers/ALFKI", {"name": "Alfreds"}).status_code == 201


def test_a_drain_keeps_its_outcomes_until_there_is_room(
    disk: SmallDisk,
    customers: RecordType,
    alice: EditContext,
    remote: RemoteProcess,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for number in "ABC":
        create_record(customers, {"number": number, "name": "Alfreds"}, context=alice)

    def fill_for_a_while() -> None:
        fill(disk)
        threading.Timer(1, disk.make_room).start()

    at_point(monkeypatch, "before_settle", fill_for_a_while)
    drain()
    assert "database or disk is full" in caplog.text
    assert not Attempt.objects.exclude(outcome=Outcome.DELIVERED).exists()
    announce_again()
    assert_all_arrived(remote)


def test_a_file_that_does_not_fit_is_refused_until_there_is_room(disk: SmallDisk) -> None:
    browser = browser_of(person("ursula", "uploader"))
    browser.raise_request_exception = False
    rows = b"number,name\n" + b"".join(b"C%d,Company %d\n" % (n, n) for n in range(100_000))

    def upload() -> Any:
        file = SimpleUploadedFile("customers.csv", rows)
        return browser.post("/uploads/new/", {"record_type": "customer", "file": file})

    fill(disk)
    assert upload().status_code == 503
    assert not Upload.objects.exclude(state=State.RECEIVING).exists()
    disk.make_room()
    assert upload().status_code == 302
    assert Upload.objects.latest("pk").state == State.CHECKING


def test_a_log_that_cannot_be_written_holds_up_nothing(
    stack: dict[str, str], remote: RemoteProcess, customers: RecordType, alice: EditContext
) -> None:
    remote.set_faults(server_error=True, times=1)  # something to be logged
    create_record(customers, {"number": "ALFKI", "name": "Alfreds"}, context=alice)
    with Path("/dev/full").open("w") as full:
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "run_worker"],
            env=stack | {"LOG_LEVEL": "DEBUG", "OUTBOX_WEDGED_AFTER": "20"},
            cwd=settings.BASE_DIR,
            stdout=full,
            stderr=full,
        )
    try:
        wait_until(all_is_quiet, seconds=30, what="it is delivered")
    finally:
        worker.terminate()
    assert worker.wait(20) == 0
    assert_all_arrived(remote)


@pytest.fixture
def postgres_on_a_small_disk(django_db_blocker: Any) -> Iterator[SmallDisk]:
    """This process works on it."""
    if not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        pytest.skip("this is PostgreSQL's")
    with (
        tempfile.TemporaryDirectory() as folder,
        small_disk(Path(folder), megabytes=128) as disk,
        closing(OwnPostgres(disk.folder)) as server,
        django_db_blocker.unblock(),
        working_on(**server.login("postgres")),
    ):
        migrate()
        yield disk


@pytest.mark.slow
def test_postgresql_never_says_that_something_is_saved_which_is_not(
    postgres_on_a_small_disk: SmallDisk,
) -> None:
    api = api_of("alice", *RIGHTS)
    saved: list[str] = []
    refused: list[str] = []
    for room in (0, 500_000):  # bytes; the second is enough for some edits
        postgres_on_a_small_disk.fill(but=room)
        *done, failed = _create_until_refused(api, f"room-{room}")
        saved += done
        refused.append(failed)
        postgres_on_a_small_disk.make_room()
    assert saved
    assert set(Customer.objects.values_list("number", flat=True)) == set(saved)
    assert {edits(number) for number in saved} == {1}
    for number in refused:
        assert api.put(f"/api/v1/customers/{number}", {"name": "Alfreds"}).status_code == 201


def _create_until_refused(api: Api, prefix: str) -> Iterator[str]:
    """The numbers of the customers; the last one is that which was refused."""
    for n in range(1000):
        yield (number := f"{prefix}-{n}")
        values = {"name": "Alfreds", "notes": "x" * 5000}
        answer = api.put(f"/api/v1/customers/{number}", values)
        if answer.status_code != 201:
            assert (answer.status_code, kind(answer)) == (503, "unavailable")
            return
    raise AssertionError("the disk never got full")
