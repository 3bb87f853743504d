"""Formulas are stored as they are, harmless in files we write, and restored from them."""

import csv
from io import StringIO

import pytest

from customers.models import Customer
from tests.uploads.conftest import UploadFile, problems, worked_on
from uploads.deciding import cancel, confirm
from uploads.exporting import refused_rows, template
from uploads.models import Upload
from uploads.neutral import REASON, neutral, restored

FORMULAS = ["=1+1", "+49 30 1", "-1", "@SUM(A1)", "\tx", "\rx", "'quoted", "''twice"]


@pytest.mark.parametrize("cell", [*FORMULAS, "plain", "", "a=b"])
def test_what_is_neutralised_is_restored(cell: str) -> None:
    assert restored(neutral(cell)) == cell


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_formula_leaves(cell: str) -> None:
    assert neutral(cell).startswith("'")


def test_what_holds_no_formula_stays() -> None:
    assert neutral("Müller & Söhne") == "Müller & Söhne"


def read(file: str) -> list[list[str]]:
    return list(csv.reader(StringIO(file.removeprefix("\ufeff"), newline=""), delimiter=";"))


@pytest.mark.django_db
def test_refused_rows_come_back_as_they_were_with_the_reason(checked: UploadFile) -> None:
    upload = checked("number;name;email\n=A;+Alfreds;nonsense\nB;Bottom;\n'C;Chop;bad\n")
    exported = "".join(refused_rows(upload))
    rows = read(exported)
    assert rows[0] == [REASON, "number", "name", "email"]
    assert rows[1][0].startswith("Line 2: email: ")
    assert rows[1][1:] == ["'=A", "'+Alfreds", "nonsense"]
    assert [row[1] for row in rows[1:]] == ["'=A", "''C"]


@pytest.mark.django_db
def test_a_file_of_refused_rows_can_be_mended_and_uploaded_again(checked: UploadFile) -> None:
    upload = checked("number;name;email\n=A;+Alfreds;nonsense\n'C;Chop;bad\n")
    mended = "".join(refused_rows(upload)).replace(";nonsense\r", ";a@a.example\r")
    again = checked(mended)
    assert again.columns == [None, "number", "name", "email"]
    confirm(again, check_number=1)
    worked_on(again)
    assert Customer.objects.get().number == "=A"
    assert Customer.objects.get().name == "+Alfreds"
    rows = read("".join(refused_rows(again)))
    assert rows[0] == [REASON, "number", "name", "email"]  # one reason, not two
    assert rows[1][1:] == ["''C", "Chop", "bad"]


@pytest.mark.django_db
def test_an_apostrophe_in_a_file_of_others_is_kept(checked: UploadFile) -> None:
    assert checked("number,name\n'=A,'s Hertogenbosch\n").rows.get().key == "'=A"


@pytest.mark.django_db
@pytest.mark.parametrize("row", ["A;Alfreds", "A;Alfreds;a@a.example;more", "A;A;a;b;c;d;e"])
def test_a_ragged_row_stays_ragged(checked: UploadFile, row: str) -> None:
    upload = checked(f"number;name;email\n{row}\n")
    again = checked("".join(refused_rows(upload)))
    assert "cells" in problems(again)[2][""][0]


@pytest.mark.django_db
def test_rows_that_a_cancel_left_behind_are_in_the_file(checked: UploadFile) -> None:
    upload = checked("number,name\nA,Alfreds\n")
    cancel(upload)
    assert "stopped before" in "".join(refused_rows(Upload.objects.get(pk=upload.pk)))


@pytest.mark.django_db
def test_the_template_matches_by_itself(checked: UploadFile, customers: object) -> None:
    text = template(checked("number,name\n").kind)
    upload = checked(f"{text}C-9{',' * text.count(',')}\n".replace("C-9,", "C-9,Nine", 1))
    assert None not in upload.columns
    assert upload.rows.count() == 1
