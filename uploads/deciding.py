"""Deciding: what a person does with an upload. Each is a claim: the first to come wins."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from outbox.clock import DatabaseNow
from uploads.asking import ask
from uploads.columns import Columns, check_columns, require_key
from uploads.models import State, Upload

_NOTHING_FOUND = dict.fromkeys(
    (
        *("row_count", "bytes_read", "lines_read"),
        *("new", "changed", "unchanged", "refused", "warned"),
    ),
    0,
)


def confirm(upload: Upload, *, check_number: int) -> bool:
    """Save what that check found. False where it is not the last one, or is decided already."""
    return _move(
        upload,
        [State.READY],
        check_number=check_number,
        to={
            "state": State.APPLYING,
            "confirmed_at": timezone.now(),
            "phase_at": timezone.now(),
            "due_at": DatabaseNow(),
            "starts": 0,
        },
    )


def check_anew(upload: Upload, *, check_number: int, **how_to_read: Any) -> bool:
    """Check again, read in another way or with other columns. False where it is too late."""
    return _move(
        upload,
        [State.READY, State.FAILED],
        check_number=check_number,
        confirmed_at=None,
        forgotten_at=None,
        to=_NOTHING_FOUND
        | {
            "state": State.CHECKING,
            "check_number": check_number + 1,
            "reason": "",
            "ended_at": None,
            "phase_at": timezone.now(),
            "due_at": DatabaseNow(),
            "starts": 0,
        }
        | how_to_read,
    )


def cancel(upload: Upload) -> bool:
    """Stop; what has been saved stays. False where it has ended already."""
    return _move(
        upload,
        [State.RECEIVING, State.CHECKING, State.READY, State.APPLYING],
        to={
            "state": State.CANCELLED,
            "ended_at": timezone.now(),
            "due_at": None,
            "lease_token": None,
        },
    )


def require_usable(upload: Upload, columns: Columns) -> None:
    """Raises UnusableFile where these columns could not be read as records."""
    check_columns(upload.kind, upload.header, columns)
    require_key(upload.kind, upload.header, columns, upload.fixed)


def _move(upload: Upload, states: list[State], *, to: dict[str, Any], **only_if: Any) -> bool:
    with transaction.atomic():
        moved = Upload.objects.filter(pk=upload.pk, state__in=states, **only_if).update(**to)
        if moved and "due_at" in to and to["due_at"] is not None:
            transaction.on_commit(lambda: ask(upload.pk), robust=True)
    return bool(moved)
