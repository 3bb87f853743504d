"""Contents of files are deleted after a while; the history stays."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from tests.uploads.conftest import UploadFile
from uploads import forgetting, receiving
from uploads.deciding import check_anew
from uploads.forgetting import forget_contents
from uploads.models import State, Upload

pytestmark = pytest.mark.django_db

FILE = "number,name\n" + "".join(f"N{n},Name\n" for n in range(5))


def long_ago() -> None:
    then = timezone.now() - timedelta(days=91)
    Upload.objects.filter(ended_at__isnull=False).update(ended_at=then)
    Upload.objects.update(phase_at=then)


def test_rows_and_bytes_are_deleted_bit_by_bit_and_the_upload_stays(
    applied: UploadFile, ursulas_browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = applied(FILE)
    forget_contents()
    assert (upload.rows.count(), upload.parts.count()) == (5, 0)
    long_ago()
    monkeypatch.setattr(forgetting, "ROWS_AT_ONCE", 3)
    forget_contents()
    assert upload.rows.count() == 2
    forget_contents()
    assert upload.rows.count() == 0
    shown = ursulas_browser.get(reverse("uploads:detail", args=[upload.pk])).content.decode()
    assert "has been deleted since" in shown
    assert "5 rows saved" in shown
    assert Customer.objects.count() == 5


def test_what_nobody_decided_upon_is_discarded(checked: UploadFile) -> None:
    upload = checked(FILE)
    long_ago()
    forget_contents()
    upload.refresh_from_db()
    assert upload.state == State.CANCELLED
    assert not upload.rows.exists()
    forget_contents()
    assert not upload.parts.exists()


def test_what_is_being_worked_on_is_kept(received: UploadFile) -> None:
    upload = received(FILE)
    long_ago()
    forget_contents()
    assert upload.parts.exists()


def test_what_may_be_checked_again_is_kept_for_a_while(checked: UploadFile) -> None:
    upload = checked("name\nAcme\n")
    forget_contents()
    assert (upload.state, upload.parts.count()) == (State.FAILED, 1)
    long_ago()
    forget_contents()
    upload.refresh_from_db()
    assert not upload.can_be_checked_anew
    assert not check_anew(upload, check_number=1)


def test_what_is_checked_again_at_that_moment_is_kept(
    checked: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = checked("number,name\nA,Alfreds\n")
    Upload.objects.update(state=State.FAILED, ended_at=timezone.now())
    long_ago()
    real = forgetting._forget_rows

    def late(*args: Any) -> None:
        assert check_anew(upload, check_number=1)
        real(*args)

    monkeypatch.setattr(forgetting, "_forget_rows", late)
    forget_contents()
    upload.refresh_from_db()
    assert (upload.forgotten_at, upload.rows.count(), upload.parts.count()) == (None, 1, 1)


def test_what_is_forgotten_is_checked_no_more_though_its_bytes_go_bit_by_bit(
    checked: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PART_SIZE", 8)
    monkeypatch.setattr(forgetting, "PARTS_AT_ONCE", 1)
    upload = checked("name\nAcme\n" * 2)
    long_ago()
    forget_contents()
    assert upload.parts.count() > 1
    assert not check_anew(upload, check_number=1)
    for _ in range(upload.parts.count()):
        forget_contents()
    assert not upload.parts.exists()
