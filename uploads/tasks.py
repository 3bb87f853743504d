"""What django-q2 runs. A task is a wake-up: its only argument is the number of an upload."""

import logging

from django.utils import timezone

from records.registry import UnknownRecordType
from uploads.applying import apply
from uploads.asking import ask
from uploads.checking import check
from uploads.errors import LeaseLost
from uploads.leases import MOST_STARTS, Lease, claim
from uploads.models import State, Upload
from uploads.turns import Turn

logger = logging.getLogger(__name__)


def work(upload_id: int) -> None:
    """Take a turn at the upload; asks for another where something is left."""
    lease = claim(upload_id)
    if lease is None:
        return
    upload = Upload.objects.select_related("uploaded_by").get(pk=upload_id)
    try:
        more = take_turn(upload, lease, Turn())
    except LeaseLost:
        logger.info("%s was cancelled, or somebody else has it.", upload)
        return
    if more:
        lease.release()
        ask(upload_id)


def take_turn(upload: Upload, lease: Lease, turn: Turn) -> bool:
    """Check or save, whichever it is at; whether something is left. Raises LeaseLost."""
    if upload.starts > MOST_STARTS:
        reason = f"{MOST_STARTS} times a worker took this up and got no row further."
        lease.end(State.FAILED, reason=reason, ended_at=timezone.now())
        return False
    try:
        more = check(upload, lease, turn) if upload.state == State.CHECKING else False
        upload.refresh_from_db()
        if not more and upload.state == State.APPLYING:
            more = apply(upload, lease, turn)
    except UnknownRecordType as error:
        lease.end(State.FAILED, reason=str(error), ended_at=timezone.now())
        return False
    return more
