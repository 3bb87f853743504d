"""Reporting: how far an upload has come."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management.base import OutputWrapper

from records import reporting
from records.reporting import Step
from uploads.models import State, Upload

Report = Callable[[Upload], None]


@contextmanager
def reporter(out: OutputWrapper | None) -> Iterator[Report]:
    """What to call with the upload every now and then. Without `out` it says nothing."""
    with reporting.reporter(out) as report:
        yield lambda upload: report(_steps(upload))


def _steps(upload: Upload) -> list[Step]:
    is_checking = upload.state == State.CHECKING
    steps = [("Checked, KB", upload.bytes_read // 1024, upload.size // 1024)]
    if not is_checking and not upload.needs_confirmation:
        steps.append(("Saved, rows", upload.passed, upload.to_save))
    return steps
