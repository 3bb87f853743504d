"""Passwords are taken out while a file comes in: they are stored nowhere."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from tests.real_data import real_data
from tests.uploads.conftest import UploadFile, problems, worked_on
from uploads.errors import UnusableFile
from uploads.models import Upload, UploadPart
from uploads.withholding import HEAD, without_passwords

FILE = "number;password;name\nA;hunter2;Müller\nB;hunter2;Bottom\n"
EMPTIED = [["number", "password", "name"], ["A", "", "Müller"], ["B", "", "Bottom"]]


def taken_out(data: bytes, *, at_once: int = 7, delimiter: str = "") -> bytes:
    pieces = (data[start : start + at_once] for start in range(0, len(data), at_once))
    return b"".join(without_passwords(pieces, delimiter))


def rows(text: str, delimiter: str = ";") -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline=""), delimiter=delimiter))


def everything_stored() -> str:
    return "".join(
        repr([bytes(value) if isinstance(value, memoryview) else value for value in row])
        for model in apps.get_models()
        for row in model._default_manager.values_list()
    )


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom", "windows-1252", "latin-1"]
)
def test_the_cells_are_emptied_in_any_encoding(encoding: str) -> None:
    if encoding == "utf-16-be-bom":
        data, encoding = b"\xfe\xff" + FILE.encode("utf-16-be"), "utf-16"
    else:
        data = FILE.encode(encoding)
    assert rows(taken_out(data).decode(encoding)) == EMPTIED
    assert taken_out(data)[:2] == data[:2]  # its mark, where it has one


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter_is_found_out_or_said(delimiter: str) -> None:
    data = FILE.replace(";", delimiter).encode()
    assert rows(taken_out(data).decode(), delimiter) == EMPTIED
    assert rows(taken_out(data, delimiter=delimiter).decode(), delimiter) == EMPTIED


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_first_line_that_names_the_delimiter_stays(mark: str) -> None:
    told = taken_out(f"{mark}sep=;\r\n{FILE}".encode()).decode()
    assert told.startswith(f"{mark}sep=;\r\n")
    assert rows(told.removeprefix(mark))[1:] == EMPTIED


@pytest.mark.parametrize("data", [b"", b'number,name\nA,"x\n', b"PK\x03\x04", b"\n\nA,B\rC"])
def test_a_file_without_passwords_stays_as_it_is(data: bytes) -> None:
    if data.startswith(b"PK"):
        with pytest.raises(UnusableFile, match="Excel"):
            taken_out(data)
    else:
        assert taken_out(data) == data


def test_what_is_quoted_and_the_lines_stay_as_they_were() -> None:
    text = 'number;name;password\r\n\r\nA;"two\nlines; ""x""";"hun\nter2"\r\nB;=1+1;\'x\r\n'
    told = taken_out(text.encode()).decode()
    assert rows(told)[2:] == [["A", 'two\nlines; "x"', "\n"], ["B", "=1+1", ""]]
    assert told.count("\n") == text.count("\n")
    assert "ter2" not in told


@pytest.mark.parametrize("row", ["A;hunter2", "A;x;hunter2;Alfreds"])
def test_of_a_ragged_row_nothing_stays_but_that_it_is_there(row: str) -> None:
    told = taken_out(f"number;password;name\n{row}\n".encode()).decode()
    assert rows(told)[1] == ["*"] * (row.count(";") + 1)


def test_it_comes_out_as_it_goes_in() -> None:
    asked = 0

    def endless() -> Iterator[bytes]:
        nonlocal asked
        yield b"number,password\n"
        while True:
            asked += 1
            yield b"A,hunter2\n" * 1000

    told = without_passwords(endless())
    for _ in range(30):
        assert b"hunter2" not in next(told)
    assert asked < 3000


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'number,password\nA,"hunter2\nB,x\n', "starts in line 2 has a quotation mark"),
        (b'sep=,\nnumber,password\nA,"hunter2"x\n', "starts in line 3 has a quotation mark"),
        ("number,password\nA,x\n".encode("utf-16") + b"x", "is not UTF-16"),
        (b"number,password\n" + b"x" * (9 * 1024 * 1024), "longer than"),
        (b'number,"' + b"x\n" * HEAD, "does not end within"),
        (b"number,password\n" + b'"x\n",' * (2 * 1024 * 1024), "longer than"),
    ],
    ids=["open quote", "text after quote", "half a character", "line", "header", "row"],
)
def test_what_cannot_be_read_is_not_stored_either(data: bytes, said: str) -> None:
    with pytest.raises(UnusableFile, match=said):
        taken_out(data, at_once=100_000)


@pytest.mark.django_db
def test_the_bytes_of_an_upload_hold_none(checked: UploadFile) -> None:
    upload = checked(FILE)
    assert upload.new == 2
    assert "hunter2" not in everything_stored()
    assert b"hunter2" not in b"".join(bytes(part.data) for part in upload.parts.all())
    assert upload.size == sum(len(part.data) for part in UploadPart.objects.all())


@pytest.mark.django_db
def test_ragged_rows_are_refused_at_their_lines(checked: UploadFile) -> None:
    upload = checked("number,password,name\nA,x,Alfreds\n\nB,hunter2\nC,x,hunter2,Chop\n")
    assert list(problems(upload)) == [4, 5]
    assert "hunter2" not in everything_stored()


@pytest.mark.django_db
def test_a_shop_with_passwords_in_its_file(ursulas_browser: Client, tmp_path: Any) -> None:
    path = real_data("shopware/customers_profile.csv")
    hashes = {row[2] for row in rows(path.read_text("utf-8", errors="replace"))[1:]} - {""}
    assert len(hashes) > 1
    file = SimpleUploadedFile("shop.csv", path.read_bytes())
    ursulas_browser.post(reverse("uploads:new"), {"record_type": "customer", "file": file})
    upload = worked_on(Upload.objects.get())
    shown = ursulas_browser.get(reverse("uploads:detail", args=[upload.pk])).content.decode()
    assert "password (passwords are not kept)" in shown
    out = StringIO()
    call_command("import_csv", "customer", path, stdout=out, stderr=out)
    assert "password (passwords are not kept)" in out.getvalue()
    stored = everything_stored() + shown + out.getvalue()
    assert not [found for found in hashes if found in stored]
