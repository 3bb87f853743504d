"""The page that takes a file."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.uploads.browsing import page, send
from tests.uploads.conftest import UploadFile
from uploads.models import Upload
from uploads.receiving import shown_file_name

pytestmark = pytest.mark.django_db


def test_a_file_that_is_no_csv_is_refused_at_once(ursulas_browser: Client) -> None:
    answer = send(ursulas_browser, b"PK\x03\x04", name="customers.csv")
    assert "an Excel workbook" in answer.content.decode()
    assert "The file is empty" in send(ursulas_browser, b"").content.decode()
    assert not Upload.objects.exists()


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    ursulas_browser: Client, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = send(ursulas_browser, b"x" * 70_000)
    assert answer.status_code == 413
    assert "too large" in answer.content.decode()
    assert "too large" in send(ursulas_browser, b"x" * 2000).content.decode()
    assert not Upload.objects.exists()


def test_no_other_page_takes_a_file_and_nobody_unknown_brings_one(
    client: Client, ursulas_browser: Client, settings: Settings
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    file = {"file": SimpleUploadedFile("many.csv", b"x" * 2000)}
    assert ursulas_browser.post(reverse("accounts:logout"), file).status_code == 413
    for url in (reverse("uploads:new"), reverse("accounts:login")):
        file["file"].seek(0)
        assert client.post(url, file)["Location"].startswith(reverse("accounts:login"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\u\\customers.csv", "customers.csv"),
        ("a\u202egnp.csv", "agnp.csv"),
        ("\x00\n", "file without a name"),
    ],
)
def test_a_file_name_is_only_shown(name: str, shown: str) -> None:
    assert shown_file_name(name) == shown
    assert len(shown_file_name("x" * 500 + ".csv")) <= 150


def test_a_file_name_and_cells_cannot_become_markup(
    ursulas_browser: Client, checked: UploadFile
) -> None:
    script = "<script>alert(1)</script>"
    upload = checked(f"number,name,{script}\nA{script},{script},{script}\n", file_name=script)
    assert script not in page(ursulas_browser, upload)
