"""The pages of an upload, from the file to the result."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from outbox.models import Message
from outbox.models import State as MessageState
from outbox.retention import purge
from tests.outbox.situations import set_options
from tests.uploads.browsing import FILE, page, post, send
from tests.uploads.conftest import UploadFile, worked_on
from uploads.models import Upload

pytestmark = pytest.mark.django_db


def test_from_the_file_to_the_saved_records(ursulas_browser: Client) -> None:
    answer = send(ursulas_browser, FILE)
    upload = Upload.objects.get()
    assert answer["Location"] == reverse("uploads:detail", args=[upload.pk])
    assert "Read and compared" in page(ursulas_browser, upload)
    worked_on(upload)
    preview = page(ursulas_browser, upload)
    assert "Save 1 row" in preview
    assert "1 of 3 columns is left out" in preview
    assert "Line 3" in preview
    assert "This is required." in preview
    post(ursulas_browser, "confirm", upload, check_number=1)
    assert "Saved here" in page(ursulas_browser, upload)
    worked_on(upload)
    result = page(ursulas_browser, upload)
    assert "1 row saved" in result
    assert "Delivered to the ERP" in result
    assert reverse("uploads:not_saved", args=[upload.pk]) in result
    assert Customer.objects.get().number == "C-1"


def test_differences_are_shown_cell_by_cell(
    ursulas_browser: Client, checked: UploadFile, acme: Any
) -> None:
    upload = checked("number,city,country\nC-1,Bern,Switzerland\nC-9,Basel,\n")
    shown = page(ursulas_browser, upload, show="changed")
    assert "<del>Berlin</del>" in shown
    assert "<ins>Bern</ins>" in shown
    assert "<ins>Switzerland (CH)</ins>" in shown


def test_the_progress_says_when_the_page_is_another(
    ursulas_browser: Client, received: UploadFile
) -> None:
    upload = received(FILE)
    url = reverse("uploads:progress", args=[upload.pk])
    answer = ursulas_browser.get(url, {"state": "checking"})
    assert "HX-Refresh" not in answer
    assert "every 1s" in answer.content.decode()
    worked_on(upload)
    answer = ursulas_browser.get(url, {"state": "checking"})
    assert answer["HX-Refresh"] == "true"
    assert "every" not in answer.content.decode()


def test_the_page_asks_until_all_has_arrived(ursulas_browser: Client, applied: UploadFile) -> None:
    upload = applied("number,name\nA,Alfreds\nB,Bottom\n")
    assert "0 of 2" in page(ursulas_browser, upload)
    assert "every 2s" in page(ursulas_browser, upload)
    Message.objects.update(state=MessageState.DELIVERED)
    assert "2 of 2" in page(ursulas_browser, upload).split("Delivered to the ERP")[1]
    assert "hx-trigger" not in page(ursulas_browser, upload)


def test_what_arrived_and_was_deleted_since_has_arrived(
    ursulas_browser: Client, applied: UploadFile
) -> None:
    upload = applied("number,name\nA,Alfreds\nB,Bottom\n")
    Message.objects.update(state=MessageState.DELIVERED, ended_at=timezone.now())
    assert purge(keep=-1) == 2
    assert "2 of 2" in page(ursulas_browser, upload).split("Delivered to the ERP")[1]


def test_what_the_remote_refused_is_told(ursulas_browser: Client, applied: UploadFile) -> None:
    upload = applied("number,name\nA,Alfreds\nB,Bottom\n")
    Message.objects.update(state=MessageState.DEAD)
    assert "2 records were not taken by the ERP" in page(ursulas_browser, upload)


def test_rows_come_in_pages(ursulas_browser: Client, checked: UploadFile) -> None:
    upload = checked("number,name\n" + "".join(f"N{n},Name\n" for n in range(60)))
    assert "Line 27" not in page(ursulas_browser, upload)
    assert "Line 61" in page(ursulas_browser, upload, page="3")
    assert "None." in page(ursulas_browser, upload, show="refused")


def test_the_history_shows_who_uploaded_what(ursulas_browser: Client, applied: UploadFile) -> None:
    applied(FILE)
    shown = ursulas_browser.get(reverse("uploads:history")).content.decode()
    assert "customers.csv" in shown
    assert "ursula" in shown
    assert '<td data-label="Holds">customers</td>' in shown


def test_large_numbers_have_separators(ursulas_browser: Client, checked: UploadFile) -> None:
    upload = checked("number,name\n" + "".join(f"N{n},Name\n" for n in range(1200)))
    shown = page(ursulas_browser, upload)
    assert "All 1,200 rows are right" in shown
    assert "Save 1,200 rows" in shown
    assert '<span class="badge text-bg-secondary">1,200</span>' in shown
    assert '<td data-label="Rows" class="number">1,200</td>' in (
        ursulas_browser.get(reverse("uploads:history")).content.decode()
    )


def test_one_row_is_no_many(ursulas_browser: Client, checked: UploadFile) -> None:
    assert "The one row is right" in page(ursulas_browser, checked("number,name\nA,Alfreds\n"))


def test_a_file_without_rows_is_said_so(ursulas_browser: Client, checked: UploadFile) -> None:
    shown = page(ursulas_browser, checked("number,name\n"))
    assert "The file has no rows below its header" in shown
    assert "0 new" not in shown


def test_the_delivery_promises_no_time(ursulas_browser: Client, applied: UploadFile) -> None:
    upload = applied("number,name\nA,Alfreds\nB,Bottom\n")
    Upload.objects.update(phase_at=timezone.now() - timedelta(hours=2))
    Message.objects.filter(lane__key="A").update(state=MessageState.DELIVERED)
    delivered = page(ursulas_browser, upload).split("Delivered to the ERP")[1]
    assert "1 of 2" in delivered
    assert "left" not in delivered.split("</progress>")[0]


def test_the_delivery_says_which_hour_it_waits_for(
    ursulas_browser: Client, applied: UploadFile, settings: Any
) -> None:
    upload = applied(FILE)
    set_options(settings, deliver="every 60 minutes")
    said = page(ursulas_browser, upload)
    assert "Waiting for the next delivery to the ERP: sent every 60 minutes." in said
