"""Leases: one worker at a time works on an upload, and one that comes too late writes nothing."""

import uuid
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db.models import F

from outbox.clock import DatabaseNow, database_now, database_now_in
from outbox.heartbeat import this_worker
from uploads.errors import LeaseLost
from uploads.models import State, Upload

#: An upload that so many workers took up without getting a single row through is given up: whatever
#: ended them would end all that follow.
MOST_STARTS: Final = 5


@dataclass(frozen=True, slots=True)
class Lease:
    upload_id: int
    token: uuid.UUID

    def require(self, state: State) -> Upload:
        """The upload, locked until the transaction ends. Raises LeaseLost."""
        found = (
            Upload.objects.select_for_update()
            .filter(pk=self.upload_id, lease_token=self.token, state=state)
            .first()
        )
        if found is None:
            raise LeaseLost
        return found

    def write(self, upload: Upload, **values: Any) -> None:
        """Write progress, and hold the lease for as long again. Needs the lock of `require`."""
        upload.change(**values, **_sign_of_life(), starts=0)

    def release(self, **values: Any) -> None:
        """Let others go on; nothing happens where the lease is lost."""
        self._own().update(lease_token=None, due_at=DatabaseNow(), starts=0, **values)

    def end(self, state: State, **values: Any) -> None:
        """Nothing is left to do. Nothing happens where the lease is lost."""
        self._own().update(state=state, lease_token=None, due_at=None, **values)

    def _own(self) -> Any:
        return Upload.objects.filter(pk=self.upload_id, lease_token=self.token)


def claim(upload_id: int) -> Lease | None:
    """The lease on an upload that is due; None where there is nothing to do, or somebody has it."""
    token = uuid.uuid4()
    claimed = (
        Upload.objects.due(database_now())
        .filter(pk=upload_id)
        .update(lease_token=token, starts=F("starts") + 1, **_sign_of_life())
    )
    return Lease(upload_id, token) if claimed else None


def _sign_of_life() -> dict[str, Any]:
    return {
        "due_at": database_now_in(settings.UPLOAD_LEASE),
        "alive_at": DatabaseNow(),
        "worker_id": this_worker(),
    }
