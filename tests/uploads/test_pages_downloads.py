"""Files to take away from the pages of uploads."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.uploads.browsing import FILE, page
from tests.uploads.conftest import UploadFile

pytestmark = pytest.mark.django_db


def test_the_template_has_all_columns(ursulas_browser: Client) -> None:
    answer = ursulas_browser.get(reverse("uploads:template", args=["customer"]))
    assert answer.content.decode().startswith("\ufeffCustomer number,Name,")
    assert "Credit limit" not in answer.content.decode()
    assert ursulas_browser.get(reverse("uploads:template", args=["shop"])).status_code == 404


def test_the_refused_rows_can_be_downloaded(ursulas_browser: Client, applied: UploadFile) -> None:
    upload = applied(FILE)
    answer = ursulas_browser.get(reverse("uploads:not_saved", args=[upload.pk]))
    told = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "Line 3: name: This is required.,C-2,,y" in told
    assert "C-1" not in told


def test_rows_that_are_not_in_the_download_are_counted(
    ursulas_browser: Client, applied: UploadFile
) -> None:
    shown = page(ursulas_browser, applied(FILE + "C-1,Again,z\n"))
    assert "reason in the first column" in shown
    assert "1 refused row is not in it" in shown
