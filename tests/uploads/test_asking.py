"""Asking workers, again and again, until an upload is taken up."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from outbox.clock import DatabaseNow, database_now
from outbox.queues import queues
from tests.uploads.conftest import UploadFile
from uploads import asking, receiving
from uploads.leases import claim
from uploads.models import State, Upload

pytestmark = pytest.mark.django_db

FILE = "number,name\nA,Alfreds\n"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The uploads that workers were asked for."""
    found: list[int] = []
    monkeypatch.setattr(asking, "async_task", lambda name, pk, cluster: found.append(pk))
    monkeypatch.setattr(asking, "_hints_left", lambda: 0)
    return found


def long_ago(**values: object) -> None:
    Upload.objects.update(**{name: timezone.now() - timedelta(hours=2) for name in values})


def test_what_nobody_took_up_is_asked_for_again(received: UploadFile, asked: list[int]) -> None:
    upload = received(FILE)
    asking.ask(upload.pk)
    asking.sweep()
    assert asked == [upload.pk]  # it was asked for just now
    long_ago(asked_at=True)
    asking.sweep()
    assert asked == [upload.pk] * 2


@pytest.mark.django_db(transaction=True)
def test_a_defect_in_asking_fails_no_upload(
    received: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(upload_id: int) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(receiving, "ask", fail)
    received(FILE)
    assert Upload.objects.get().state == State.CHECKING


def test_what_is_being_worked_on_or_waits_for_a_person_is_not(
    received: UploadFile, checked: UploadFile, asked: list[int]
) -> None:
    checked(FILE)
    claim(received(FILE).pk)
    asking.sweep()
    assert asked == []


def test_more_hints_are_no_use_while_the_queue_holds_some(
    received: UploadFile, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    received(FILE)
    monkeypatch.setattr(asking, "_hints_left", lambda: 1)
    asking.sweep()
    assert asked == []


def test_a_queue_that_is_away_stops_nobody(
    received: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(asking, "async_task", away)
    monkeypatch.setattr(asking, "get_broker", away)
    received(FILE)
    asking.sweep()


def test_work_that_nobody_does_is_overdue(received: UploadFile, asked: list[int]) -> None:
    assert asking.overdue_since() is None
    upload = received(FILE)
    since = asking.overdue_since()
    assert since is not None
    assert since <= database_now()
    claim(upload.pk)
    assert asking.overdue_since() is None


def test_a_worker_shows_signs_of_life_and_its_leases_end_with_it(
    received: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, upload = uuid4(), received(FILE)
    monkeypatch.setenv("OUTBOX_WORKER_ID", str(worker))
    claim(upload.pk)
    assert asking.alive_at(worker) is not None
    assert asking.alive_at(uuid4()) is None
    asking.clear_away(worker)
    assert claim(upload.pk) is not None


def test_a_file_that_never_came_whole_is_forgotten(received: UploadFile, asked: list[int]) -> None:
    upload = received(FILE)
    Upload.objects.update(state=State.RECEIVING, created_at=DatabaseNow())
    asking.sweep()
    assert Upload.objects.exists()
    long_ago(created_at=True)
    asking.sweep()
    assert not Upload.objects.filter(pk=upload.pk).exists()


def test_the_supervisor_knows_the_queue() -> None:
    assert any(queue.sweep == asking.sweep for queue in queues())
