"""Who may see and do what on the pages of uploads."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.people import browser_of, person
from tests.uploads.browsing import FILE, page, post, send
from tests.uploads.conftest import UploadFile
from uploads.models import State, Upload

pytestmark = pytest.mark.django_db


def test_a_viewer_sees_no_uploads_and_makes_none(
    viewers_browser: Client, checked: UploadFile
) -> None:
    upload = checked(FILE)
    for name, arguments in {"history": [], "new": [], "detail": [upload.pk]}.items():
        assert viewers_browser.get(reverse(f"uploads:{name}", args=arguments)).status_code == 403
    assert send(viewers_browser, FILE).status_code == 403
    assert post(viewers_browser, "confirm", upload, check_number=1).status_code == 403
    assert post(viewers_browser, "cancel", upload).status_code == 403


def test_an_operator_looks_and_decides_nothing(checked: UploadFile) -> None:
    upload, browser = checked(FILE), browser_of(person("otto", "operator"))
    shown = page(browser, upload)
    assert "Save 1 row" not in shown
    assert "Discard" not in shown
    for name in ("confirm", "cancel", "check"):
        assert post(browser, name, upload, check_number=1).status_code == 403
    assert Upload.objects.get().state == State.READY


def test_a_colleague_may_stop_an_upload_but_not_save_it(checked: UploadFile) -> None:
    upload, browser = checked(FILE), browser_of(person("ulf", "uploader"))
    assert "Only ursula" in page(browser, upload)
    assert post(browser, "confirm", upload, check_number=1).status_code == 403
    post(browser, "cancel", upload)
    assert Upload.objects.get().state == State.CANCELLED


def test_a_refusal_names_the_role_to_ask_for(checked: UploadFile, viewers_browser: Client) -> None:
    refused = viewers_browser.get(reverse("uploads:new")).content.decode()
    assert "Your account may not upload records." in refused
    assert "the role uploader" in refused
    refused = post(browser_of(person("otto", "operator")), "cancel", checked(FILE)).content.decode()
    assert "Your account may not stop this upload." in refused
    assert "the role uploader" in refused
