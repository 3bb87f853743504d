"""The rows of an earlier check, with other columns: deleted before the file is read again."""

from django.db import transaction

from outbox.pacing import Pace
from uploads.leases import Lease
from uploads.models import State, UploadRow
from uploads.turns import Turn


def forget_earlier_check(lease: Lease, turn: Turn) -> bool:
    """Delete until the turn is over; whether something may be left. Raises LeaseLost."""
    pace = Pace()
    while _forget_some(lease, pace):
        pace.make_room()
        if turn.is_over():
            return True
    return False


def _forget_some(lease: Lease, pace: Pace) -> bool:
    """The last rows beyond the checkpoint; False where there were none."""
    with transaction.atomic():
        locked = lease.require(State.CHECKING)
        pace.start()
        beyond = UploadRow.objects.filter(upload=locked, number__gt=locked.row_count)
        last = beyond.order_by("-number").values_list("number", flat=True).first()
        if last is None:
            return False
        deleted, _ = beyond.filter(number__gt=last - pace.rows).delete()
        lease.write(locked)
    pace.stop(deleted)
    return True
