"""Applying: rows, messages and the checkpoint are saved together, and nothing twice."""

from threading import Event, Thread
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, OperationalError, connection, transaction

from customers.models import Customer
from outbox import pacing
from outbox.models import Message, Priority
from records.actions import (
    create_record,
    delete_record,
    prepare_rows,
    save_rows,
    update_record,
)
from records.context import EditContext, Source
from records.models import Change, Record
from records.registry import RecordType
from tests.uploads.conftest import UploadFile, problems, verdicts, worked_on
from uploads import applying
from uploads.deciding import cancel, confirm
from uploads.errors import LeaseLost
from uploads.leases import Lease, claim
from uploads.models import State, Upload
from uploads.tasks import take_turn, work
from uploads.turns import Turn

pytestmark = pytest.mark.django_db


class Chunks(Turn):
    """A turn of so many chunks."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._left = number

    def is_over(self) -> bool:
        self._left -= 1
        return self._left <= 0


def many(number: int) -> str:
    return "number,name\n" + "".join(f"N-{n:03},Customer {n}\n" for n in range(number))


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FIRST", 3)
    monkeypatch.setattr(pacing, "MOST", 3)


def test_each_row_is_saved_once_and_each_has_its_message(applied: UploadFile, acme: Record) -> None:
    upload = applied("number,name,city\nC-1,Acme,Bern\nC-2,Bolt,\n")
    assert (upload.state, upload.saved, upload.messages) == (State.DONE, 2, 2)
    assert Customer.objects.get(number="C-1").city == "Bern"
    of_upload = Message.objects.filter(batch=str(upload))
    assert {message.priority for message in of_upload} == {Priority.BULK}
    change = Change.objects.get(key="C-2")
    assert (change.actor, change.source) == ("ursula", Source.CSV)
    assert change.reference == f"upload {upload.pk} line 3"


def test_only_new_and_changed_rows_are_saved(applied: UploadFile, acme: Record) -> None:
    upload = applied("number,name,email\nC-1,Acme,\nC-2,Bolt,nonsense\nC-3,Cog,\n")
    assert (upload.saved, upload.unchanged, upload.refused) == (1, 1, 1)
    assert Customer.objects.count() == 2
    assert Message.objects.filter(batch=str(upload)).count() == 1


def test_the_same_file_again_changes_nothing_and_sends_nothing(applied: UploadFile) -> None:
    applied(many(10))
    upload = applied(many(10))
    assert (upload.unchanged, upload.saved, upload.messages) == (10, 0, 0)
    assert Message.objects.count() == 10


def test_a_record_that_was_changed_since_the_check_is_left_as_it_is(
    checked: UploadFile, acme: Record, customers: RecordType, bob: EditContext
) -> None:
    upload = checked("number,name,city\nC-1,Acme,Bern\nC-2,Bolt,\n")
    update_record(customers, "C-1", {"city": "Basel"}, context=bob)
    confirm(upload, check_number=1)
    worked_on(upload)
    assert Customer.objects.get(number="C-1").city == "Basel"
    assert (upload.saved, upload.refused_late) == (1, 1)
    assert "changed since the preview by bob" in problems(upload)[2][""][0]
    assert verdicts(upload) == ["refused", "new"]


def test_a_record_that_was_created_or_deleted_since_the_check_is_left_too(
    checked: UploadFile, acme: Record, customers: RecordType, bob: EditContext
) -> None:
    upload = checked("number,name\nC-1,Acme AG\nC-2,Bolt\n")
    delete_record(customers, "C-1", context=bob, expected_version=1)
    create_record(customers, {"number": "C-2", "name": "Bob's"}, context=bob)
    confirm(upload, check_number=1)
    worked_on(upload)
    said = [found[""][0] for found in problems(upload).values()]
    assert ["deleted since the preview by bob" in said[0], "created since" in said[1]] == [True] * 2
    assert Customer.objects.get().name == "Bob's"


def test_another_record_that_took_the_key_since_the_check_is_left_as_it_is(
    checked: UploadFile, acme: Record, customers: RecordType, alice: EditContext
) -> None:
    upload = checked("number,name\nC-1,Acme Ltd\n")
    delete_record(customers, "C-1", context=alice)
    create_record(customers, {"number": "C-1", "name": "Another"}, context=alice)
    confirm(upload, check_number=1)
    worked_on(upload)
    assert (upload.saved, upload.refused_late) == (0, 1)
    assert Customer.objects.get().name == "Another"


def test_rows_that_are_missing_are_not_taken_for_saved(checked: UploadFile) -> None:
    upload = checked(many(3))
    confirm(upload, check_number=1)
    upload.rows.filter(number=2).delete()
    worked_on(upload)
    assert (upload.state, upload.saved) == (State.FAILED, 2)
    assert "1 of the checked rows are missing" in upload.reason


@pytest.mark.django_db(transaction=True)
def test_a_record_that_somebody_holds_is_refused_and_holds_up_no_other(
    checked: UploadFile, customers: RecordType, alice: EditContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one lock for the whole database")
    for number in range(4):
        create_record(customers, {"number": f"N-{number:03}", "name": "Old"}, context=alice)
    upload = checked(many(4))
    confirm(upload, check_number=1)
    monkeypatch.setattr(applying, "PATIENCE", 0.0)
    held, done = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            list(Customer.objects.select_for_update().filter(number="N-002"))
            held.set()
            done.wait(20)
        connection.close()

    holder = Thread(target=hold)
    holder.start()
    held.wait(5)
    worked_on(upload)
    done.set()
    holder.join()
    assert (upload.state, upload.saved, upload.refused_late) == (State.DONE, 3, 1)
    assert "Somebody else holds this record" in str(problems(upload))


def test_a_record_that_has_the_values_by_now_is_no_conflict(
    checked: UploadFile, acme: Record, customers: RecordType, bob: EditContext
) -> None:
    upload = checked("number,city\nC-1,Bern\n")
    update_record(customers, "C-1", {"city": "Bern"}, context=bob)
    confirm(upload, check_number=1)
    worked_on(upload)
    assert (upload.saved, upload.overtaken, upload.refused_late) == (0, 1, 0)


@pytest.mark.usefixtures("small_chunks")
def test_a_worker_goes_on_with_the_next_row(checked: UploadFile) -> None:
    upload = checked(many(10))
    confirm(upload, check_number=1)
    _take_turn(upload, Chunks(2))
    upload.refresh_from_db()
    assert (upload.saved, upload.saved_through, Customer.objects.count()) == (6, 6, 6)
    Upload.objects.update(due_at="2020-01-01T00:00Z")  # it was killed, and its lease has run out
    worked_on(upload)
    assert (upload.saved, Message.objects.count()) == (10, 10)


@pytest.mark.usefixtures("small_chunks")
def test_a_chunk_that_fails_leaves_nothing_behind(
    checked: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = checked(many(5))
    confirm(upload, check_number=1)

    def killed(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Lease, "write", killed)  # after the rows, before the commit
    with pytest.raises(KeyboardInterrupt):
        _take_turn(upload, Turn())
    assert not Customer.objects.exists()
    assert not Message.objects.exists()
    monkeypatch.undo()
    Upload.objects.update(due_at="2020-01-01T00:00Z")
    worked_on(upload)
    assert (upload.saved, Message.objects.count()) == (5, 5)


@pytest.mark.usefixtures("small_chunks")
def test_a_worker_that_comes_too_late_saves_nothing(
    checked: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = checked(many(5))
    confirm(upload, check_number=1)
    real = prepare_rows

    def while_another_takes_over(*args: Any) -> Any:
        Upload.objects.update(due_at="2020-01-01T00:00Z")
        assert claim(upload.pk)
        return real(*args)

    monkeypatch.setattr(applying, "prepare_rows", while_another_takes_over)
    with pytest.raises(LeaseLost):
        _take_turn(upload, Turn())
    assert not Customer.objects.exists()


@pytest.mark.usefixtures("small_chunks")
def test_what_is_saved_before_a_cancel_stays_and_no_more_is_saved(checked: UploadFile) -> None:
    upload = checked(many(10))
    confirm(upload, check_number=1)
    _take_turn(upload, Chunks(1))
    assert cancel(upload)
    work(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.saved, Customer.objects.count()) == (State.CANCELLED, 3, 3)
    assert not cancel(upload)


@pytest.mark.usefixtures("small_chunks")
def test_who_may_not_upload_any_more_saves_no_more(checked: UploadFile, ursula: User) -> None:
    upload = checked(many(10))
    confirm(upload, check_number=1)
    lease = _take_turn(upload, Chunks(1))
    lease.release()
    ursula.groups.clear()
    worked_on(upload)
    assert (upload.state, Customer.objects.count()) == (State.FAILED, 3)
    assert "may not upload customers" in upload.reason


def test_whose_account_is_switched_off_saves_nothing(checked: UploadFile, ursula: User) -> None:
    upload = checked(many(2))
    confirm(upload, check_number=1)
    User.objects.filter(pk=ursula.pk).update(is_active=False)
    worked_on(upload)
    assert upload.state == State.FAILED
    assert not Customer.objects.exists()


def test_a_race_is_tried_again(checked: UploadFile, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = checked(many(3))
    confirm(upload, check_number=1)
    real, failures = save_rows, iter([IntegrityError("twice"), OperationalError("lock")])

    def sometimes(*args: Any, **kwargs: Any) -> Any:
        if (failure := next(failures, None)) is not None:
            raise failure
        return real(*args, **kwargs)

    monkeypatch.setattr(applying, "save_rows", sometimes)
    monkeypatch.setattr("time.sleep", lambda _: None)
    assert worked_on(upload).saved == 3


def test_a_row_that_the_database_never_takes_holds_up_no_other(
    checked: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = checked(many(5))
    confirm(upload, check_number=1)
    real = save_rows

    def not_that_one(record_type: RecordType, prepared: Any, **kwargs: Any) -> Any:
        if any(item.key == "N-002" for item in prepared):
            raise IntegrityError("no such thing")
        return real(record_type, prepared, **kwargs)

    monkeypatch.setattr(applying, "save_rows", not_that_one)
    monkeypatch.setattr(applying, "PATIENCE", 0.0)
    worked_on(upload)
    assert (upload.state, upload.saved, upload.refused_late) == (State.DONE, 4, 1)
    assert "no such thing" in problems(upload)[4][""][0]


def test_confirming_holds_for_the_check_that_was_seen(checked: UploadFile) -> None:
    upload = checked(many(2))
    assert not confirm(upload, check_number=2)
    assert confirm(upload, check_number=1)
    assert not confirm(upload, check_number=1)  # a double click


def test_a_chunk_grows_while_it_is_quick_and_shrinks_when_it_is_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = iter([0.0, 0.0, 0.01, 1.0, 2.0])  # the first when it is made
    monkeypatch.setattr(pacing, "elapsed", lambda: next(times))
    pace = pacing.Pace()
    pace.start()
    pace.stop(25)
    assert pace.rows == 50
    pace.start()
    pace.stop(50)
    assert pace.rows == 25


def _take_turn(upload: Upload, turn: Turn) -> Lease:
    lease = claim(upload.pk)
    assert lease is not None
    upload.refresh_from_db()
    take_turn(upload, lease, turn)
    return lease
