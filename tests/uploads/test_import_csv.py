"""`manage.py import_csv`."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer
from outbox.models import Message, Priority
from records.models import Change

pytestmark = pytest.mark.django_db


@pytest.fixture
def load(tmp_path: Path) -> Any:
    """Loads a text as a file of customers; what was said, and the exit code."""

    def load(text: str, **options: Any) -> tuple[str, int]:
        path = tmp_path / "customers.csv"
        path.write_text(text, encoding="utf-8")
        out, code = StringIO(), 0
        try:
            call_command("import_csv", "customer", path, stdout=out, stderr=out, **options)
        except SystemExit as stopped:
            code = int(str(stopped.code))
        return out.getvalue(), code

    return load


def test_new_rows_are_created_and_others_changed(load: Any) -> None:
    load("number,name\nA,Alfreds\n")
    said, code = load("number,name\nA,Alfreds GmbH\nB,Bottom\n")
    assert "1 new, 1 changed, 0 unchanged, 0 refused" in said
    assert code == 0
    assert Customer.objects.get(number="A").name == "Alfreds GmbH"


def test_each_edit_names_the_file_and_the_line_and_goes_at_bulk_priority(load: Any) -> None:
    load('number,name\nA,"Alfreds\nFutterkiste"\n'.replace("\nFutter", " Futter"))
    assert Change.objects.get().reference == "customers.csv line 2"
    assert Message.objects.get().priority == Priority.BULK


def test_a_refused_row_is_named_and_stops_no_other(load: Any) -> None:
    said, code = load("number,name,email\nA,Alfreds,nonsense\nB,Bottom,\n")
    assert "customers.csv line 2: email:" in said
    assert code == 1
    assert Customer.objects.get().number == "B"


@pytest.mark.parametrize("row", ["A,Alfreds", "A,Alfreds,Berlin,more"])
def test_a_row_of_another_length_is_refused_rather_than_read_wrongly(load: Any, row: str) -> None:
    load("number,name,city\nA,Alfreds,Berlin\n")
    said, code = load(f"number,name,city\n{row}\n")
    assert "more or fewer cells" in said
    assert code == 1
    assert Customer.objects.get().city == "Berlin"


@pytest.mark.parametrize("header", ["number,number,name", "number,Number,name"])
def test_two_columns_for_one_field_are_refused(load: Any, header: str) -> None:
    with pytest.raises(CommandError):
        load(f"{header}\nA,B,Alfreds\n")


def test_a_file_without_the_key_is_refused(load: Any) -> None:
    with pytest.raises(CommandError, match="No column is the number"):
        load("name\nAlfreds\n")


def test_a_file_that_is_not_utf_8_is_refused(load: Any, tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("number,name\nA,Müller\n".encode("latin-1"))
    with pytest.raises(CommandError, match="not UTF-8"):
        call_command("import_csv", "customer", path)


def test_an_unknown_field_or_column_is_named(load: Any) -> None:
    with pytest.raises(CommandError, match="no column fax"):
        load("number,name\n", column=["fax=phone"])
    with pytest.raises(CommandError, match="no field fax"):
        load("number,name\n", column=["name=fax"])
