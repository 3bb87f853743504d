"""What a person decides on the page of an upload."""

import pytest
from django.test import Client

from customers.models import Customer
from tests.uploads.browsing import FILE, page, post, reading
from tests.uploads.conftest import UploadFile, worked_on
from uploads.deciding import check_anew, confirm
from uploads.models import State, Upload

pytestmark = pytest.mark.django_db


def test_a_page_of_an_earlier_check_confirms_nothing(
    ursulas_browser: Client, checked: UploadFile
) -> None:
    upload = checked(FILE)
    check_anew(upload, check_number=1, blank="NULL")
    worked_on(upload)
    answer = post(ursulas_browser, "confirm", upload, check_number=1)
    assert "checked anew or decided upon" in answer.content.decode()
    assert Upload.objects.get().state == State.READY


@pytest.mark.parametrize("check_number", ["", "x", "²", "1" * 30, "-1"])
def test_a_confirmation_of_nothing_confirms_nothing(
    ursulas_browser: Client, checked: UploadFile, check_number: str
) -> None:
    upload = checked(FILE)
    assert post(ursulas_browser, "confirm", upload, check_number=check_number).status_code == 200
    assert Upload.objects.get().state == State.READY


def test_discarding_saves_nothing(ursulas_browser: Client, checked: UploadFile) -> None:
    upload = checked(FILE)
    answer = post(ursulas_browser, "cancel", upload)
    assert "Nothing of this file was saved" in answer.content.decode()
    post(ursulas_browser, "confirm", upload, check_number=1)
    assert Upload.objects.get().state == State.CANCELLED
    assert not Customer.objects.exists()


def test_the_same_file_again_is_said_so(
    ursulas_browser: Client, applied: UploadFile, checked: UploadFile
) -> None:
    first = applied("number,name\nA,Alfreds\n")
    shown = page(ursulas_browser, checked("number,name\nA,Alfreds\n"))
    assert f"upload {first.pk}</a>" in shown
    assert "there is nothing to save" in shown


def test_a_failed_upload_of_saved_rows_is_not_checked_anew(
    ursulas_browser: Client, applied: UploadFile
) -> None:
    upload = applied(FILE)
    Upload.objects.update(state=State.FAILED, reason="Something.")
    upload.refresh_from_db()
    assert "Check again" not in page(ursulas_browser, upload)
    post(ursulas_browser, "check", upload, **reading(upload))
    assert Upload.objects.get().state == State.FAILED


def test_confirming_by_hand_is_what_the_task_waits_for(checked: UploadFile) -> None:
    upload = checked(FILE)
    worked_on(upload)
    assert not Customer.objects.exists()
    confirm(upload, check_number=1)
    worked_on(upload)
    assert Customer.objects.exists()
