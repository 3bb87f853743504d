"""The panel of an upload that says how its file is read."""

import pytest
from django.test import Client

from tests.uploads.browsing import FILE, page, post, reading
from tests.uploads.conftest import UploadFile, worked_on
from uploads.models import State
from uploads.reading import MOST_COLUMNS

pytestmark = pytest.mark.django_db


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


def test_the_first_row_helps_to_choose_the_key_of_a_file_that_was_not_checked(
    ursulas_browser: Client, checked: UploadFile
) -> None:
    upload = checked("Handle,name\nblue-shoe,Acme\n")
    assert upload.state == State.FAILED
    assert "blue-shoe" in page(ursulas_browser, upload)


def test_the_first_row_is_shown_where_a_later_one_is_broken(
    ursulas_browser: Client, checked: UploadFile
) -> None:
    upload = checked('number,name\nC-1,Acme GmbH\nC-2,"Broken\n')
    assert upload.state == State.FAILED
    assert "Acme GmbH" in page(ursulas_browser, upload)


@pytest.mark.parametrize("text", ['number,name\nC-1,"Acme GmbH\n', "number,name,Name\nC-1,a,b\n"])
def test_a_first_row_that_cannot_be_read_is_not_shown(
    ursulas_browser: Client, checked: UploadFile, text: str
) -> None:
    upload = checked(text)
    assert upload.state == State.FAILED
    assert "C-1" not in page(ursulas_browser, upload)


def test_the_columns_that_are_left_out_are_counted_above_and_named_in_the_panel(
    ursulas_browser: Client, checked: UploadFile
) -> None:
    upload = checked("number,name,Colour,Size\nC-1,Acme,red,XL\n")
    above, panel = page(ursulas_browser, upload).split('<details class="card reading">')
    assert "2 of 4 columns are left out." in above
    assert "Colour" not in above
    assert "Left out: Colour, Size." in panel


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"number,Email,E-mail\nC-1,a,b\n", "Rename one of them in the file and upload it again."),
        (b"number,name\nC-1,M\xfcller\n", "the file is not UTF-8. Choose another encoding."),
        (b"n\xfcmber,name\nC-1,Acme\n", "From its first line on, the file is not UTF-8."),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(
    ursulas_browser: Client, checked: UploadFile, data: bytes, said: str
) -> None:
    assert said in page(ursulas_browser, checked(data, encoding="utf-8-sig"))
