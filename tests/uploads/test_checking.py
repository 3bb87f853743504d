"""Checking: what a file would do, and that nothing is done by it."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from customers.models import Customer
from outbox import pacing
from outbox.models import Message
from records.actions import prepare_rows
from records.models import Change, Record
from tests.uploads.conftest import UploadFile, problems, verdicts, worked_on
from uploads import checking
from uploads.errors import LeaseLost
from uploads.leases import Lease, claim
from uploads.models import State, Upload
from uploads.tasks import take_turn, work
from uploads.turns import Turn

pytestmark = pytest.mark.django_db

FILE = "number,name,city,country\nC-1,Acme,Bern,Germany\nC-2,Bolt,,DE\n"


class OneChunk(Turn):
    """A turn that is over after the first chunk."""

    def is_over(self) -> bool:
        return True


def test_rows_are_new_changed_or_unchanged(checked: UploadFile, acme: Record) -> None:
    upload = checked("number,name,city\nC-1,Acme,Bern\nC-2,Bolt,\n")
    assert (upload.state, upload.new, upload.changed) == (State.READY, 1, 1)
    assert upload.rows.get(key="C-1").changes == {"city": ["Berlin", "Bern"]}
    assert (upload.bytes_read, upload.row_count) == (upload.size, 2)
    again = checked("number,name\nC-1,Acme\n")
    assert verdicts(again) == ["unchanged"]


def test_checking_writes_nothing_of_the_records(checked: UploadFile) -> None:
    checked(FILE)
    assert not Customer.objects.exists()
    assert not Change.objects.exists()
    assert not Message.objects.exists()


def test_each_problem_stands_at_its_line_and_field(checked: UploadFile) -> None:
    rows = "A,Alfreds,nonsense\n,Bottom,\nC,,\nD\nE,Ernst,e@e.example\n"
    upload = checked(f"number,name,email\n{rows}")
    assert list(problems(upload)) == [2, 3, 4, 5]
    assert "nonsense" in problems(upload)[2]["email"][0]
    assert problems(upload)[3] == {"number": ["This is required."]}
    assert problems(upload)[4] == {"name": ["This is required."]}
    assert "cells" in problems(upload)[5][""][0]
    assert (upload.refused, upload.new) == (4, 1)


def test_a_warning_refuses_no_row(checked: UploadFile) -> None:
    upload = checked("number,name,phone\nA,Alfreds,001-411x7\n")
    assert (upload.new, upload.warned) == (1, 1)
    assert "kept as typed" in upload.rows.get().warnings["phone"]


def test_later_rows_of_the_same_key_are_refused_and_name_the_first(
    checked: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "FIRST", 2)  # so that they are in other chunks too
    monkeypatch.setattr(pacing, "MOST", 2)
    upload = checked("number,name\nA,One\nA,Two\nB,Three\n A ,Four\n")
    assert verdicts(upload) == ["new", "refused", "new", "refused"]
    assert [found[""][0][:25] for found in problems(upload).values()] == [
        "Line 2 has the same key A"
    ] * 2


@pytest.mark.parametrize("at_once", [1, 25])
def test_a_refused_row_does_not_keep_its_key_from_a_later_one(
    checked: UploadFile, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(pacing, "FIRST", at_once)
    monkeypatch.setattr(pacing, "MOST", at_once)
    upload = checked("number,name,email\nB1,n,notmail\nB1,n,a@b.co\nB1,n,notmail\n")
    assert verdicts(upload) == ["refused", "new", "refused"]
    assert "notmail" in problems(upload)[2]["email"][0]
    assert "Line 3 has the same key B1" in problems(upload)[4][""][0]


def test_what_the_file_writes_for_nothing_empties_the_field(
    checked: UploadFile, acme: Record
) -> None:
    upload = checked("number,city\nC-1,NULL\n", blank="NULL")
    assert upload.rows.get().changes == {"city": ["Berlin", ""]}


def test_a_file_that_cannot_be_read_fails_with_the_reason(checked: UploadFile) -> None:
    upload = checked('number,name\nA,"Alfreds\n')
    assert upload.state == State.FAILED
    assert "starts in line 2" in upload.reason
    assert upload.due_at is None


def test_a_worker_goes_on_where_another_was_killed(
    received: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "FIRST", 3)
    upload = received("number,name\n" + "".join(f"{n},Customer {n}\n" for n in range(10)))
    take_turn(upload, _claim(upload), OneChunk())
    upload.refresh_from_db()
    assert (upload.state, upload.row_count) == (State.CHECKING, 3)
    Upload.objects.update(due_at="2020-01-01T00:00Z")  # its lease has run out
    worked_on(upload)
    assert verdicts(upload) == ["new"] * 10
    assert upload.new == 10


def test_a_chunk_of_long_rows_has_fewer_of_them(
    received: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "MOST_CHARACTERS", 2000)
    upload = received("number,notes\n" + "".join(f"{n},{'x' * 900}\n" for n in range(10)))
    take_turn(upload, _claim(upload), OneChunk())
    assert upload.rows.count() == 3


def test_a_worker_that_lost_its_lease_writes_nothing(
    received: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = received(FILE)
    lost = _claim(upload)
    real = prepare_rows

    def overtaken(*args: Any) -> Any:
        Upload.objects.update(lease_token=None)
        return real(*args)

    monkeypatch.setattr(checking, "prepare_rows", overtaken)
    with pytest.raises(LeaseLost):
        take_turn(upload, lost, Turn())
    assert not upload.rows.exists()


def test_nobody_else_works_on_it_meanwhile(received: UploadFile) -> None:
    upload = received(FILE)
    _claim(upload)
    assert claim(upload.pk) is None
    work(upload.pk)
    assert not upload.rows.exists()


def test_what_ends_every_worker_is_given_up(received: UploadFile) -> None:
    upload = received(FILE)
    for _ in range(5):
        _claim(upload)
        Upload.objects.update(due_at="2020-01-01T00:00Z")
    work(upload.pk)
    upload.refresh_from_db()
    assert upload.state == State.FAILED
    assert "5 times" in upload.reason


def test_a_chunk_takes_few_statements(
    checked: UploadFile, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(80):
        checked("number,name\n" + "".join(f"{n},Customer {n}\n" for n in range(500)))


def _claim(upload: Upload) -> Lease:
    lease = claim(upload.pk)
    assert lease is not None
    return lease
