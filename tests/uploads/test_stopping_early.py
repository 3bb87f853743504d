"""A file that was stopped while it came in stays stopped."""

import pytest

from tests.uploads.conftest import UploadFile
from uploads.deciding import cancel
from uploads.foreground import run_here
from uploads.models import State, Upload
from uploads.receiving import check_in_background

pytestmark = pytest.mark.django_db


@pytest.fixture
def stopped(received: UploadFile) -> Upload:
    """As the process that received it knows it; somebody else has stopped it."""
    upload = received("number,name\nA,Alfreds\n")
    Upload.objects.update(state=State.RECEIVING, due_at=None, check_number=0)
    upload.refresh_from_db()
    assert cancel(Upload.objects.get())
    return upload


def test_no_worker_is_asked_to_check_it(stopped: Upload) -> None:
    check_in_background(stopped)
    assert Upload.objects.values_list("state", "due_at").get() == (State.CANCELLED, None)
    assert stopped.state == State.CANCELLED


def test_the_process_that_received_it_does_not_check_it(stopped: Upload) -> None:
    reports: list[str] = []
    run_here(stopped, lambda upload: reports.append(upload.state))
    assert reports == [State.CANCELLED]
    assert not stopped.rows.exists()
