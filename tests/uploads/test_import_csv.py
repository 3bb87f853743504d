"""`manage.py import_csv`."""

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer
from outbox import pacing
from outbox.models import Message, Priority
from records.actions import save_rows
from records.context import Source
from records.models import Change
from tests.people import person
from tests.uploads.conftest import worked_on
from uploads import applying, foreground
from uploads.errors import LeaseLost
from uploads.models import State, Upload

pytestmark = pytest.mark.django_db

Load = Callable[..., tuple[str, int]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a text as a file of customers; what was said, and the exit code."""

    def load(text: str | bytes, **options: Any) -> tuple[str, int]:
        path = tmp_path / "customers.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        out, code = StringIO(), 0
        try:
            call_command("import_csv", "customer", path, stdout=out, stderr=out, **options)
        except SystemExit as stopped:
            code = int(str(stopped.code))
        return out.getvalue(), code

    return load


def test_new_rows_are_created_and_others_changed(load: Load) -> None:
    load("number,name\nA,Alfreds\n")
    said, code = load("number,name\nA,Alfreds GmbH\nB,Bottom\n")
    assert "1 new, 1 changed, 0 unchanged, 0 refused" in said
    assert code == 0
    assert Customer.objects.get(number="A").name == "Alfreds GmbH"


def test_each_edit_names_the_upload_and_the_line_and_goes_at_bulk_priority(load: Load) -> None:
    load("number,name\nA,Alfreds Futterkiste\n")
    upload, change, message = Upload.objects.get(), Change.objects.get(), Message.objects.get()
    assert (upload.state, upload.file_name) == (State.DONE, "customers.csv")
    assert (change.actor, change.source) == ("import_csv", Source.COMMAND)
    assert change.reference == f"upload {upload.pk} line 2"
    assert (message.priority, message.batch) == (Priority.BULK, f"upload {upload.pk}")


def test_a_refused_row_is_named_and_stops_no_other(load: Load) -> None:
    said, code = load("number,name,email\nA,Alfreds,nonsense\nB,Bottom,\n")
    assert "line 2: email:" in said
    assert code == 1
    assert Customer.objects.get().number == "B"


def test_the_refused_rows_are_written_to_a_file(load: Load, tmp_path: Path) -> None:
    file = tmp_path / "refused.csv"
    load("number,name,email\nA,Alfreds,nonsense\nB,Bottom,\n", refused=file)
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))
    assert rows[0][1:] == ["number", "name", "email"]
    assert [row[1] for row in rows[1:]] == ["A"]


def test_rows_that_are_not_in_the_file_are_counted(load: Load, tmp_path: Path) -> None:
    said, _ = load("number,name\nA,Alfreds\nA,Again\nB,\n", refused=tmp_path / "refused.csv")
    assert "1 refused row is not in it" in said


def test_only_so_many_refused_rows_are_printed(load: Load) -> None:
    said, _ = load("number,name\n" + "".join(f"N{n},\n" for n in range(60)))
    assert said.count("name: This is required.") == 50
    assert "and 10 more refused rows" in said


def test_a_dry_run_saves_nothing(load: Load) -> None:
    said, code = load("number,name\nA,Alfreds\n", dry_run=True)
    assert "1 new" in said
    assert "dry run" in said
    assert code == 0
    assert not Customer.objects.exists()
    assert Upload.objects.get().state == State.CANCELLED


def test_it_may_be_done_in_somebodys_name(load: Load) -> None:
    person("ursula", "uploader")
    load("number,name\nA,Alfreds\n", user="ursula")
    assert Change.objects.get().actor == "ursula"
    with pytest.raises(CommandError, match="no user nobody"):
        load("number,name\nA,Alfreds\n", user="nobody")


def test_whoever_may_not_upload_may_not_by_command_either(load: Load) -> None:
    person("carol", "viewer")
    with pytest.raises(CommandError, match="carol may not upload customers") as raised:
        load("number,name\nA,Alfreds\n", user="carol")
    assert raised.value.returncode == 2
    assert not Customer.objects.exists()
    assert not Upload.objects.exists()


def test_an_account_that_is_switched_off_uploads_nothing(load: Load) -> None:
    ursula = person("ursula", "uploader")
    ursula.is_active = False
    ursula.save()
    with pytest.raises(CommandError, match="account of ursula is switched off"):
        load("number,name\nA,Alfreds\n", user="ursula")
    assert not Upload.objects.exists()


def test_nobody_may_be_called_as_the_command(load: Load) -> None:
    person("import_csv", "uploader")
    with pytest.raises(CommandError, match="stands for no account"):
        load("number,name\nA,Alfreds\n", user="import_csv")


def test_the_right_is_asked_for_anew_while_it_saves(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    ursula = person("ursula", "uploader")
    monkeypatch.setattr(foreground, "TURN", 0.0)
    monkeypatch.setattr(pacing, "FIRST", 1)
    real = save_rows

    def switched_off(*args: Any, **kwargs: Any) -> Any:
        type(ursula).objects.update(is_active=False)
        return real(*args, **kwargs)

    monkeypatch.setattr(applying, "save_rows", switched_off)
    with pytest.raises(CommandError, match="switched off"):
        load("number,name\nA,Alfreds\nB,Bottom\n", user="ursula")
    assert Customer.objects.get().number == "A"


def test_an_account_that_is_gone_saves_no_more(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    ursula = person("ursula", "uploader")
    monkeypatch.setattr(foreground, "TURN", 0.0)
    monkeypatch.setattr(pacing, "FIRST", 1)
    real = save_rows

    def gone(*args: Any, **kwargs: Any) -> Any:
        type(ursula).objects.all().delete()
        return real(*args, **kwargs)

    monkeypatch.setattr(applying, "save_rows", gone)
    with pytest.raises(CommandError, match="is gone"):
        load("number,name\nA,Alfreds\nB,Bottom\n", user="ursula")
    assert Customer.objects.get().number == "A"


def test_warnings_are_counted(load: Load) -> None:
    said, code = load("number,name,city\nA,Alfreds,NULL\nB,Bottom,Bern\n")
    assert "2 new, 0 changed, 0 unchanged, 0 refused, 1 with a warning" in said
    assert code == 0
    assert "with a warning" not in load("number,name\nC,Chop\n")[0]


@pytest.mark.parametrize("row", ["A,Alfreds", "A,Alfreds,Berlin,more"])
def test_a_row_of_another_length_is_refused_rather_than_read_wrongly(load: Load, row: str) -> None:
    load("number,name,city\nA,Alfreds,Berlin\n")
    said, code = load(f"number,name,city\n{row}\n")
    assert "cells" in said
    assert code == 1
    assert Customer.objects.get().city == "Berlin"


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("number,number,name\nA,B,Alfreds\n", {}, "Two columns"),
        ("number,Number,name\nA,B,Alfreds\n", {}, "Two columns"),
        ("name\nAlfreds\n", {}, "No column of the file is the customer number"),
        ("", {}, "empty"),
        (b"number,name\nA,M\xfcller\n", {"encoding": "utf-8-sig"}, "not UTF-8"),
        ('number,name\nA,"Alfreds\n', {}, "starts in line 2"),
        ("number,name\nA,B\n", {"column": ["fax=phone"]}, "no column fax"),
        ("number,name\nA,B\n", {"column": ["name=fax"]}, "no field fax"),
        ("number,name\nA,B\n", {"column": ["name"]}, "NAME=VALUE"),
        ("number,name\nA,B\n", {"set": ["credit_limit=5"]}, "no field credit_limit"),
        ("number,name\nA,B\n", {"delimiter": "x"}, "delimiter 'x'"),
    ],
)
def test_a_file_or_an_option_that_cannot_be_used_says_why(
    load: Load, text: str | bytes, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(CommandError, match=said) as raised:
        load(text, **options)
    assert raised.value.returncode == 2
    assert not Customer.objects.exists()
    assert not Upload.objects.exclude(state=State.FAILED).exists()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nothing\.csv cannot be read: No such file"):
        call_command("import_csv", "customer", tmp_path / "nothing.csv")


def test_another_encoding_and_delimiter_are_found_out(load: Load) -> None:
    said, _ = load("number;name\nA;Müller\n".encode("windows-1252"))
    assert "1 new" in said
    assert Customer.objects.get().name == "Müller"


def test_values_are_set_translated_and_emptied(load: Load) -> None:
    load(
        "Code,Title,State,Town\nA,Alfreds,1,NULL\n",
        column=["Code=number", "Title=name", "State=status", "Town=city"],
        set=["currency=EUR"],
        value=["status:1=on_hold"],
        blank="NULL",
    )
    customer = Customer.objects.get()
    assert (customer.status, customer.currency, customer.city) == ("on_hold", "EUR", "")


def test_where_there_are_records_nothing_is_loaded_if_it_is_to_be_empty(load: Load) -> None:
    load("number,name\nA,Alfreds\n", if_empty=True)
    load("number,name\nB,Bottom\n", if_empty=True)
    assert Customer.objects.get().number == "A"


def test_nothing_is_said_where_nothing_is_asked(load: Load) -> None:
    assert load("number,name\nA,Alfreds\n", verbosity=0) == ("", 0)


def test_ctrl_c_stops_and_keeps_what_is_saved(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(applying, "prepare_rows", interrupted)
    said, code = load("number,name\nA,Alfreds\n")
    assert "0 rows are saved, and stay" in said
    assert code == 130
    assert Upload.objects.get().state == State.CANCELLED


def test_workers_go_on_with_what_it_left_behind(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*args: Any) -> Any:
        raise Killed

    monkeypatch.setattr(applying, "prepare_rows", killed)
    with pytest.raises(Killed):
        load("number,name\nA,Alfreds\n")
    monkeypatch.undo()
    Upload.objects.update(due_at="2020-01-01T00:00Z")  # its lease has run out
    assert worked_on(Upload.objects.get()).state == State.DONE
    assert Customer.objects.get().number == "A"


def test_where_a_worker_has_taken_over_it_waits_for_its_end(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(upload: Upload, lease: Any, turn: Any) -> bool:
        lease.release()
        raise LeaseLost

    monkeypatch.setattr(foreground, "take_turn", overtaken)
    monkeypatch.setattr(foreground, "sleep", lambda _: worked_on(Upload.objects.get()))
    said, code = load("number,name\nA,Alfreds\n")
    assert "1 new" in said
    assert code == 0
