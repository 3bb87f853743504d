"""Uploads in real processes: whatever ends a worker, each row is saved once and delivered once."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import global_settings, settings
from django.contrib.auth.models import User

from customers.models import Customer
from outbox.models import Message, Priority, State
from records.context import Source
from records.models import Change
from tests.people import person
from tests.processes.ledger import all_is_quiet, judge
from tests.processes.stack import (
    RemoteProcess,
    WorkerProcess,
    kill,
    running_web,
    wait_until,
)
from tests.processes.staff import Staff
from uploads.models import State as UploadState
from uploads.models import Upload

ROWS = 1500
#: Rows saved when the worker is killed.
KILLED_AT = (100, 300, 500)


@pytest.fixture
def uploader(transactional_db: None, settings: Any) -> User:
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS  # those of the web process
    return person("alice", "uploader", password="demo-alice")


@pytest.fixture
def staff(stack: dict[str, str], uploader: User) -> Iterator[Staff]:
    with running_web(stack) as address:
        yield Staff(address, "alice", "demo-alice")


def _upload(staff: Staff, content: str) -> Upload:
    """Checked, and ready to be saved."""
    page = staff.submit(
        "/uploads/new/", record_type="customer", files={"file": ("many.csv", content)}
    )
    upload = Upload.objects.get(pk=urlsplit(page.url).path.split("/")[2])
    wait_until(lambda: _state(upload) == UploadState.READY, seconds=60, what="it is checked")
    return upload


def _confirm(staff: Staff, upload: Upload) -> None:
    page = f"/uploads/{upload.pk}/"
    staff.submit(page, to=f"{page}confirm/", check_number=str(upload.check_number))


def _state(upload: Upload) -> str:
    upload.refresh_from_db()
    return upload.state


def _has_saved(upload: Upload, rows: int) -> bool:
    upload.refresh_from_db()
    return upload.saved >= rows


def _edits() -> int:
    """Without what the remote decided."""
    return Change.objects.exclude(source=Source.INBOUND).count()


@pytest.mark.timeout(240)
def test_a_worker_that_is_killed_three_times_saves_and_delivers_each_row_once(
    staff: Staff, worker: WorkerProcess, remote: RemoteProcess
) -> None:
    worker.wait_for_cluster(settings.UPLOAD_QUEUE_NAME)
    content = "number,name,city\n" + "".join(f"N-{n:05},Company {n},Bonn\n" for n in range(ROWS))
    upload = _upload(staff, content)
    _confirm(staff, upload)
    for saved in KILLED_AT:
        wait_until(partial(_has_saved, upload, saved), seconds=60, what=f"{saved} are saved")
        assert _state(upload) == UploadState.APPLYING
        for process in worker.cluster(settings.UPLOAD_QUEUE_NAME):
            kill(process)
    wait_until(lambda: _state(upload) == UploadState.DONE, seconds=90, what="all is saved")
    wait_until(all_is_quiet, seconds=120, what="all is delivered")

    assert Customer.objects.count() == ROWS
    assert _edits() == ROWS
    assert (upload.saved, upload.refused_late, upload.messages) == (ROWS, 0, ROWS)
    states = Counter(Message.objects.values_list("state", "priority"))
    assert states == {(State.DELIVERED, Priority.BULK): ROWS}
    assert len(remote.ledger()) == ROWS
    assert not judge(remote)


@pytest.mark.timeout(120)
def test_the_same_file_again_changes_nothing_and_sends_nothing(
    staff: Staff, worker: WorkerProcess
) -> None:
    content = "number,name\n" + "".join(f"N-{n},Company {n}\n" for n in range(50))
    _confirm(staff, upload := _upload(staff, content))
    wait_until(lambda: _state(upload) == UploadState.DONE, seconds=30, what="all is saved")
    edits, messages = _edits(), Message.objects.count()

    again = _upload(staff, content)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 50)
    _confirm(staff, again)
    assert (_edits(), Message.objects.count()) == (edits, messages) == (50, 50)
