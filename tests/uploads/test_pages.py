"""The pages of an upload, from the file to the result."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from customers.models import Customer
from outbox.models import Message
from outbox.models import State as MessageState
from tests.people import browser_of, person
from tests.uploads.conftest import UploadFile, worked_on
from uploads.deciding import check_anew, confirm
from uploads.models import State, Upload
from uploads.reading import MOST_COLUMNS
from uploads.receiving import shown_file_name

pytestmark = pytest.mark.django_db

FILE = "number,name,Anything\nC-1,Acme,x\nC-2,,y\n"


def send(
    browser: Client, text: str | bytes, *, name: str = "new.csv", kind: str = "customer"
) -> Any:
    data = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile(name, data)
    return browser.post(reverse("uploads:new"), {"record_type": "customer", "file": file})


def page(browser: Client, upload: Upload, **query: str) -> str:
    return browser.get(reverse("uploads:detail", args=[upload.pk]), query).content.decode()


def post(browser: Client, name: str, upload: Upload, **data: Any) -> Any:
    return browser.post(reverse(f"uploads:{name}", args=[upload.pk]), data, follow=True)


def reading(upload: Upload, **changed: Any) -> dict[str, Any]:
    """What a browser sends of the form for columns and encoding, with these boxes changed."""
    columns = {f"column_{n}": field or "" for n, field in enumerate(upload.columns)}
    kept = {"check_number": upload.check_number, "blank": upload.blank}
    how = {"encoding": upload.encoding, "delimiter": upload.delimiter}
    return columns | kept | how | changed


def test_from_the_file_to_the_saved_records(ursulas_browser: Client) -> None:
    answer = send(ursulas_browser, FILE)
    upload = Upload.objects.get()
    assert answer["Location"] == reverse("uploads:detail", args=[upload.pk])
    assert "Read and compared" in page(ursulas_browser, upload)
    worked_on(upload)
    preview = page(ursulas_browser, upload)
    assert "Save 1 row" in preview
    assert "left out: Anything" in preview
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


def test_what_the_remote_refused_is_told(ursulas_browser: Client, applied: UploadFile) -> None:
    upload = applied("number,name\nA,Alfreds\nB,Bottom\n")
    Message.objects.update(state=MessageState.DEAD)
    assert "2 records were not taken by the ERP" in page(ursulas_browser, upload)


def test_other_columns_are_checked_anew(ursulas_browser: Client, checked: UploadFile) -> None:
    upload = checked("number,name,Anything\nC-1,Acme,Bern\n")
    post(ursulas_browser, "check", upload, **reading(upload, column_2="city"))
    worked_on(upload)
    assert upload.check_number == 2
    assert upload.rows.get().changes["city"] == [None, "Bern"]


def test_the_widest_file_that_is_read_can_be_checked_anew(
    ursulas_browser: Client, checked: UploadFile
) -> None:
    names = ["number", *(f"Column {n}" for n in range(1, MOST_COLUMNS))]
    upload = checked(",".join(names) + "\n")
    sent = reading(upload, csrfmiddlewaretoken="as a browser sends it", column_1="name")
    assert post(ursulas_browser, "check", upload, **sent).status_code == 200
    assert worked_on(upload).check_number == 2


def test_a_file_whose_key_was_not_found_is_mended_by_hand(
    ursulas_browser: Client, checked: UploadFile
) -> None:
    upload = checked("Handle,name\nC-1,Acme\n")
    assert upload.state == State.FAILED
    assert "No column of the file is the customer number" in page(ursulas_browser, upload)
    post(ursulas_browser, "check", upload, **reading(upload, column_0="number"))
    assert worked_on(upload).state == State.READY
    assert upload.new == 1


def test_another_encoding_matches_the_columns_anew(
    ursulas_browser: Client, checked: UploadFile
) -> None:
    upload = checked("number;name\nC-1;Acme, Ltd\n", delimiter=",")
    assert upload.state == State.FAILED
    post(ursulas_browser, "check", upload, **reading(upload, delimiter=";"))
    assert worked_on(upload).state == State.READY
    assert upload.columns == ["number", "name"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"column_0": ""}, "No column of the file is the customer number"),
        ({"column_1": "number"}, "cannot both be"),
        ({"column_1": "nonsense"}, "not one of the available choices"),
    ],
)
def test_columns_that_cannot_be_are_refused_at_once(
    ursulas_browser: Client, checked: UploadFile, changed: dict[str, str], said: str
) -> None:
    upload = checked(FILE)
    answer = post(ursulas_browser, "check", upload, **reading(upload, **changed))
    assert said in answer.content.decode()
    upload.refresh_from_db()
    assert (upload.state, upload.check_number) == (State.READY, 1)


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


def test_a_failed_upload_of_saved_rows_is_not_checked_anew(
    ursulas_browser: Client, applied: UploadFile
) -> None:
    upload = applied(FILE)
    Upload.objects.update(state=State.FAILED, reason="Something.")
    upload.refresh_from_db()
    assert "Check again" not in page(ursulas_browser, upload)
    post(ursulas_browser, "check", upload, **reading(upload))
    assert Upload.objects.get().state == State.FAILED


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


def test_confirming_by_hand_is_what_the_task_waits_for(checked: UploadFile) -> None:
    upload = checked(FILE)
    worked_on(upload)
    assert not Customer.objects.exists()
    confirm(upload, check_number=1)
    worked_on(upload)
    assert Customer.objects.exists()
