"""The rows of an earlier check: deleted bit by bit, by whoever has the upload."""

from typing import Any

import pytest

from outbox import pacing
from tests.uploads.conftest import UploadFile, worked_on
from tests.uploads.test_checking import OneChunk
from uploads import checking
from uploads.deciding import check_anew
from uploads.errors import LeaseLost
from uploads.leases import Lease, claim
from uploads.models import State, Upload
from uploads.tasks import take_turn
from uploads.turns import Turn

pytestmark = pytest.mark.django_db

FILE = "number,name\n" + "".join(f"N{n},Name\n" for n in range(10))
LONG_AGO = "2020-01-01T00:00Z"


def test_a_worker_that_was_overtaken_deletes_no_rows_of_another(
    received: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = received(FILE)
    lease = claim(upload.pk)
    assert lease is not None
    settle = checking._settle_how_to_read

    def stalled(*args: Any) -> None:
        settle(*args)
        monkeypatch.setattr(checking, "_settle_how_to_read", settle)
        Upload.objects.update(due_at=LONG_AGO)
        other = claim(upload.pk)
        assert other is not None
        monkeypatch.setattr(pacing, "FIRST", 4)
        take_turn(Upload.objects.get(), other, OneChunk())

    monkeypatch.setattr(checking, "_settle_how_to_read", stalled)
    with pytest.raises(LeaseLost):
        take_turn(upload, lease, Turn())
    assert upload.rows.count() == 4
    Upload.objects.update(due_at=LONG_AGO)
    assert worked_on(upload).rows.count() == upload.row_count == 10


@pytest.fixture
def to_delete(checked: UploadFile, monkeypatch: pytest.MonkeyPatch) -> Upload:
    """Ten rows of an earlier check, four of which are deleted at once."""
    monkeypatch.setattr(pacing, "FIRST", 4)
    monkeypatch.setattr(pacing, "MOST", 4)
    upload = checked(FILE)
    assert check_anew(upload, check_number=1)
    upload.refresh_from_db()
    return upload


def leased(upload: Upload) -> Lease:
    lease = claim(upload.pk)
    assert lease is not None
    return lease


def test_a_turn_may_end_before_all_are_deleted(to_delete: Upload) -> None:
    lease = leased(to_delete)
    assert take_turn(to_delete, lease, OneChunk())
    assert to_delete.rows.count() == 6
    lease.release()
    assert worked_on(to_delete).state == State.READY
    assert to_delete.rows.count() == 10


def test_each_deletion_is_a_sign_of_life_and_is_followed_by_a_pause(
    to_delete: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs: list[int] = []

    def pause(pace: pacing.Pace) -> None:
        signs.append(Upload.objects.get().alive_at.year)  # type: ignore[union-attr]
        Upload.objects.update(alive_at=LONG_AGO)

    monkeypatch.setattr(pacing.Pace, "make_room", pause)
    assert not take_turn(to_delete, leased(to_delete), Turn())
    deletions, chunks = 3, 3
    assert len(signs) == deletions + chunks
    assert 2020 not in signs


def test_a_worker_that_is_overtaken_between_two_deletions_makes_no_more(
    to_delete: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(pace: pacing.Pace) -> None:
        Upload.objects.update(due_at=LONG_AGO)
        leased(to_delete)

    monkeypatch.setattr(pacing.Pace, "make_room", overtaken)
    with pytest.raises(LeaseLost):
        take_turn(to_delete, leased(to_delete), Turn())
    assert to_delete.rows.count() == 6
