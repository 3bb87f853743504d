"""In the foreground: an upload that the process which received it checks and saves by itself.

It holds the lease as a worker does. Where it is killed or too slow, workers go on.
"""

from collections.abc import Callable
from contextlib import suppress
from time import sleep
from typing import Final

from outbox.clock import elapsed
from uploads.errors import LeaseLost
from uploads.leases import claim
from uploads.models import Upload
from uploads.receiving import release
from uploads.tasks import take_turn
from uploads.turns import Turn

LOOK_EVERY: Final = 0.25  # seconds
#: Seconds. Then, as between the turns of workers, the person's right is asked for anew.
TURN: Final = 5.0

Report = Callable[[Upload], None]


def run_here(upload: Upload, report: Report) -> None:
    """Check, and save unless somebody is to confirm. Reports every now and then."""
    lease = claim(upload.pk) if release(upload) else None
    if lease is not None:
        with suppress(LeaseLost):  # stopped by somebody, or with the workers by now
            while take_turn(_fresh(upload), lease, _Watched(upload.pk, report)):
                pass
    _watch(upload, report)


def _fresh(upload: Upload) -> Upload:
    """With the account as it is by now, which `refresh_from_db` would leave as it was."""
    return Upload.objects.select_related("uploaded_by").get(pk=upload.pk)


def _watch(upload: Upload, report: Report) -> None:
    """Until it has ended, whoever works on it."""
    upload.refresh_from_db()
    while upload.is_active:
        report(upload)
        sleep(LOOK_EVERY)
        upload.refresh_from_db()
    report(upload)


class _Watched(Turn):
    """A turn that reports after each chunk that comes late enough."""

    def __init__(self, upload_id: int, report: Report) -> None:
        super().__init__(TURN)
        self._upload_id = upload_id
        self._report = report
        self._report_at = elapsed()

    def is_over(self) -> bool:
        if elapsed() >= self._report_at:
            self._report_at = elapsed() + LOOK_EVERY
            self._report(Upload.objects.get(pk=self._upload_id))
        return super().is_over()
