"""A process that dies while it saves the rows of a file: each row is saved once."""

import signal
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F

from customers.models import Customer
from outbox.models import Message
from outbox.pacing import FIRST
from outbox.signals import announce_again
from records.context import Source
from records.models import Change
from tests.outbox.situations import drain
from tests.processes.dying import DeathNote, ended, start_command
from tests.processes.ledger import assert_all_arrived
from tests.processes.stack import RemoteProcess
from uploads.models import State, Upload
from uploads.tasks import work

#: Three chunks at least: the second may be twice as long as the first.
ROWS = 4 * FIRST


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "customers.csv"
    file.write_text("number,name\n" + "".join(f"C{n},Company {n}\n" for n in range(ROWS)))
    return file


def another_goes_on(upload: Upload) -> None:
    """Once the lease is over."""
    Upload.objects.update(due_at=F("due_at") - timedelta(seconds=100))
    while upload.is_active:
        work(upload.pk)
        upload.refresh_from_db()


@pytest.mark.parametrize(
    ("point", "passing"),
    [
        ("before_chunk_commits", 2),
        ("after_chunk", 1),
        pytest.param("before_chunk_commits", 1, marks=pytest.mark.slow),
        pytest.param("after_chunk", 2, marks=pytest.mark.slow),
    ],
)
def test_each_row_is_saved_and_delivered_once(
    point: str,
    passing: int,
    file: Path,
    mortal: dict[str, str],
    death_note: DeathNote,
    remote: RemoteProcess,
) -> None:
    death_note.write(point, passing=passing)
    dying = start_command(mortal, "import_csv", "customer", str(file))
    assert ended(dying)[0] == -signal.SIGKILL
    upload = Upload.objects.get()
    chunks = passing if point == "after_chunk" else passing - 1
    assert (upload.saved > 0) == (chunks > 0)
    assert Customer.objects.count() == Message.objects.count() == upload.saved < ROWS

    another_goes_on(upload)

    assert (upload.state, upload.saved, upload.messages) == (State.DONE, ROWS, ROWS)
    drain(30)
    announce_again()
    assert Change.objects.exclude(source=Source.INBOUND).count() == ROWS
    assert_all_arrived(remote)
