"""The file of refused rows comes back: through a spreadsheet, mended in part or not at all."""

import csv
from io import StringIO

import pytest

from customers.models import Customer
from tests.uploads.conftest import UploadFile, problems, verdicts
from uploads.exporting import doubles, refused_rows
from uploads.models import Upload
from uploads.neutral import REASON

pytestmark = pytest.mark.django_db

SHORT = "number;name;city\nA;Alfreds\n"


def exported(upload: Upload) -> str:
    return "".join(refused_rows(Upload.objects.get(pk=upload.pk)))


def through_a_spreadsheet(file: str) -> str:
    """Saved again: every row is filled up to the widest one, the header too."""
    rows = list(csv.reader(StringIO(file.removeprefix("\ufeff"), newline=""), delimiter=";"))
    width = max(map(len, rows))
    out = StringIO()
    csv.writer(out, delimiter=";").writerows(row + [""] * (width - len(row)) for row in rows)
    return out.getvalue()


@pytest.mark.parametrize("row", ["A;Alfreds", "A", "A;Alfreds;Bern;more", "A;A;a;b;c;d;e"])
def test_a_ragged_row_that_a_spreadsheet_filled_up_is_refused_again(
    checked: UploadFile, row: str
) -> None:
    first = checked(f"number;name;city\n{row}\n")
    again = checked(through_a_spreadsheet(exported(first)))
    assert verdicts(again) == ["refused"]
    assert "cells" in problems(again)[2][""][0]
    assert exported(again).splitlines()[1].split(": ", 1)[0] == "Line 2"
    third = checked(through_a_spreadsheet(exported(again)))
    assert verdicts(third) == ["refused"]


def test_the_reason_of_a_short_row_is_no_value(applied: UploadFile, checked: UploadFile) -> None:
    file = exported(checked(SHORT)).replace("(no cell)", "Bern")
    applied(through_a_spreadsheet(file))
    assert Customer.objects.get().city == "Bern"


def test_a_cell_that_was_missing_may_be_left_empty(
    applied: UploadFile, checked: UploadFile
) -> None:
    applied(through_a_spreadsheet(exported(checked(SHORT)).replace("(no cell)", "")))
    assert Customer.objects.get().city == ""


def test_a_cell_too_many_that_was_taken_out_leaves_a_good_row(
    applied: UploadFile, checked: UploadFile
) -> None:
    wide = "number;name;city\nA;Alfreds;Bern;more\nB;Bottom\nC;Chop;Basel;more\n"
    file = exported(checked(wide)).replace("A;Alfreds;Bern;more", "A;Alfreds;Bern")
    upload = applied(through_a_spreadsheet(file))
    assert upload.header == [REASON, "number", "name", "city"]
    assert Customer.objects.get().number == "A"


def test_in_a_file_of_others_the_mark_is_a_value(checked: UploadFile) -> None:
    assert checked("number,name\nA,(no cell)\n").new == 1


def test_rows_whose_key_another_row_was_taken_for_are_not_in_it(
    applied: UploadFile, checked: UploadFile
) -> None:
    upload = applied("number,name,email\nN-1,Right,\nN-1,Wrong,\nN-2,Bad,nonsense\n")
    assert "Wrong" not in exported(upload)
    assert "N-2" in exported(upload)
    assert doubles(upload) == 1
    assert verdicts(checked(exported(upload))) == ["refused"]


def test_a_double_of_a_row_that_is_in_it_stays_a_double(checked: UploadFile) -> None:
    upload = checked("number,name\nN-1,Right\nN-1,Wrong\n")
    upload.change(state="cancelled")
    assert doubles(upload) == 0
    assert verdicts(checked(exported(upload))) == ["new", "refused"]
