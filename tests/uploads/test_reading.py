"""Reading: from the bytes of a file to its rows."""

from itertools import islice
from time import monotonic

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.uploads.conftest import UploadFile
from uploads import receiving
from uploads.errors import UnusableFile
from uploads.models import Upload
from uploads.reading import MOST_COLUMNS, FileReader, FileRow

pytestmark = pytest.mark.django_db


def rows_of(upload: Upload) -> list[FileRow]:
    return list(FileReader(upload).rows())


def cells_of(upload: Upload) -> list[list[str]]:
    return [list(row.cells) for row in rows_of(upload)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(received: UploadFile, end: str) -> None:
    upload = received(end.join(["number,name", "A,Alfreds", "B,Bottom", ""]))
    assert cells_of(upload) == [["A", "Alfreds"], ["B", "Bottom"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(received: UploadFile, delimiter: str) -> None:
    rows = [["number", "name", "city"], ["A", "Alfreds, Inc; Ltd", "Berlin"], ["B", "B", "C"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    upload = received(text)
    assert FileReader(upload).delimiter == delimiter
    assert cells_of(upload) == rows[1:]


def test_a_comma_in_the_text_does_not_make_it_the_delimiter(received: UploadFile) -> None:
    upload = received("number;name\nA;Alfreds, Bert, and Sons\nB;Bottom, Ltd\n")
    assert FileReader(upload).delimiter == ";"


@pytest.mark.parametrize("line", ["sep=;\r\n", "SEP=;\n", '"sep=;"\n', "\ufeffsep=;\r\n"])
def test_a_first_line_that_names_the_delimiter_is_taken_at_its_word(
    received: UploadFile, line: str
) -> None:
    upload = received(f"{line}number;a,b,c\nA;1,2,3\n")
    assert FileReader(upload).header == ["number", "a,b,c"]
    assert [(row.line, row.cells) for row in rows_of(upload)] == [(3, ["A", "1,2,3"])]


def test_a_person_knows_the_delimiter_better_than_the_first_line(received: UploadFile) -> None:
    upload = received("sep=;\nnumber,name\nA,Alfreds\n", delimiter=",")
    assert cells_of(upload) == [["A", "Alfreds"]]


def test_a_column_may_be_called_as_the_first_line_begins(received: UploadFile) -> None:
    assert FileReader(received("sep=,name\nA,B\n")).header == ["sep=", "name"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252", "latin-1"])
def test_any_encoding_will_do(received: UploadFile, encoding: str) -> None:
    upload = received("number,name\nA,Müller\n".encode(encoding))
    assert FileReader(upload).header == ["number", "name"]
    assert cells_of(upload) == [["A", "Müller"]]


def test_an_encoding_that_somebody_chose_holds(received: UploadFile) -> None:
    upload = received("number,name\nA,Müller\n".encode(), encoding="latin-1")
    assert cells_of(upload) == [["A", "MÃ¼ller"]]


def test_an_encoding_that_does_not_fit_is_refused(received: UploadFile) -> None:
    upload = received("number,name\nA,Müller\n".encode("latin-1"), encoding="utf-8-sig")
    with pytest.raises(UnusableFile, match="is not UTF-8"):
        rows_of(upload)


def test_a_quoted_cell_may_hold_lines_and_rows_keep_the_line_they_start_in(
    received: UploadFile,
) -> None:
    upload = received('number,name\nA,"Alfreds\nFutter\nkiste"\n\n\nB,Bottom\n')
    assert [(row.number, row.line) for row in rows_of(upload)] == [(1, 2), (2, 7)]
    assert cells_of(upload)[0] == ["A", "Alfreds\nFutter\nkiste"]


def test_blank_lines_are_left_out(received: UploadFile) -> None:
    upload = received("\n\nnumber,name\n\nA,Alfreds\n ,\n\n")
    assert cells_of(upload) == [["A", "Alfreds"]]


@pytest.mark.parametrize("row", ["A,Alfreds", "A,Alfreds,Berlin,more"])
def test_a_row_of_another_length_is_a_problem_of_that_row(received: UploadFile, row: str) -> None:
    found = rows_of(received(f"number,name,city\n{row}\nB,Bottom,Bern\n"))
    assert "cells" in found[0].problem
    assert not found[1].problem


def test_a_cell_that_is_too_long_is_a_problem_of_that_row(received: UploadFile) -> None:
    long = "x" * (128 * 1024 + 1)
    found = rows_of(received(f"number,name\nA,{long}\nB,Bottom\n"))
    assert "name is too long: 131073" in found[0].problem
    assert found[1].cells == ["B", "Bottom"]


@pytest.mark.parametrize(
    "text",
    [
        'number,name\nA,Alfreds\nB,"Bottom\nC,Chop\n',
        'number,name\nA,Alfreds\nB,"Bottom\nC,"Chop"\n',
        'number,name\nA,Alfreds\nB,"Bottom" Dollar\n',
    ],
)
def test_a_broken_quotation_names_the_line_where_the_row_starts(
    received: UploadFile, text: str
) -> None:
    with pytest.raises(UnusableFile, match="starts in line 3 has a quotation mark"):
        rows_of(received(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n\n", "no rows"),
        ("number,name,number\nA,B,C\n", "called number"),
        ("number,Postal Code,postal_code\nA,B,C\n", "called postal_code"),
        ("number,,name\nA,B,C\n", "Column 2 has no name"),
        (f"number,{'x' * 201}\nA,B\n", "name of column 2 is longer than 200"),
    ],
)
def test_a_header_that_cannot_be_one_is_refused(received: UploadFile, text: str, said: str) -> None:
    with pytest.raises(UnusableFile, match=said):
        FileReader(received(text))


def test_a_nul_that_only_the_encoding_shows_is_refused(received: UploadFile) -> None:
    upload = received("number,name\nA,Al\0freds\n".encode("utf-16"))
    with pytest.raises(UnusableFile, match="NUL"):
        rows_of(upload)


def test_a_file_of_many_parts_reads_as_one(
    received: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PART_SIZE", 7)
    text = "number,name\n" + "".join(f"{n},Müller {n}\n" for n in range(20))
    upload = received(text)
    assert upload.parts.count() > 30
    assert cells_of(upload) == [[str(n), f"Müller {n}"] for n in range(20)]


def test_the_rows_come_as_they_are_read(
    received: UploadFile, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    upload = received("number,name\n" + "A,Alfreds Futterkiste\n" * 200_000)
    assert upload.parts.count() > 4
    with django_assert_max_num_queries(2):
        list(islice(FileReader(upload).rows(), 10))


def test_many_long_names_of_columns_are_compared_at_once(received: UploadFile) -> None:
    names = [f"{'n' * 190} {n}" for n in range(MOST_COLUMNS)]
    upload = received(",".join(names))
    started = monotonic()
    assert FileReader(upload).header == names
    assert monotonic() - started < 1
