"""Asking a worker to look at an upload. It is a hint: when it is lost, the sweep asks again."""

import logging
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Max, Min, Q
from django_q.brokers import get_broker
from django_q.tasks import async_task

from outbox.clock import DatabaseNow, database_now, database_now_in
from uploads.forgetting import forget_contents
from uploads.models import State, Upload, UploadQuerySet

logger = logging.getLogger(__name__)

#: Seconds after which an upload that nobody took up is asked for again.
ASK_AGAIN_AFTER: Final = 5.0
#: A file that is not here completely after so long will never be.
RECEIVED_WITHIN: Final = timedelta(hours=1)


def ask(upload_id: int) -> None:
    """Never raises for a queue that is away."""
    try:
        Upload.objects.filter(pk=upload_id).update(asked_at=DatabaseNow())
        async_task("uploads.tasks.work", upload_id, cluster=settings.UPLOAD_QUEUE_NAME)
    except Exception as error:  # noqa: BLE001  whatever a broker raises; the upload is committed
        logger.warning("No worker could be asked for upload %s: %s", upload_id, error)


def sweep() -> None:
    """Ask again for what waits too long. The supervisor calls it every few seconds."""
    Upload.objects.filter(
        state=State.RECEIVING, created_at__lt=database_now() - RECEIVED_WITHIN
    ).delete()
    long_ago = Q(asked_at=None) | Q(asked_at__lt=database_now_in(-ASK_AGAIN_AFTER))
    waiting = list(_due().filter(long_ago).values_list("pk", flat=True))
    # While the queue holds hints, the workers are busy with others: more of them help nobody.
    if waiting and not _hints_left():
        for upload_id in waiting:
            ask(upload_id)
    forget_contents()


def overdue_since() -> datetime | None:
    """Since when there has been work that nobody does; None where there is none."""
    found: datetime | None = _due().aggregate(since=Min("due_at"))["since"]
    return found


def alive_at(worker_id: UUID) -> datetime | None:
    """When this worker was last seen working on an upload."""
    found: datetime | None = Upload.objects.filter(worker_id=worker_id).aggregate(
        last=Max("alive_at")
    )["last"]
    return found


def clear_away(worker_id: UUID) -> None:
    """All processes of this worker's cluster are gone: what they had leased is free at once."""
    held = Upload.objects.filter(worker_id=worker_id, lease_token__isnull=False)
    held.update(lease_token=None, due_at=DatabaseNow())


def _due() -> UploadQuerySet:
    return Upload.objects.due(database_now())


def _hints_left() -> int:
    try:
        return int(get_broker(settings.UPLOAD_QUEUE_NAME).queue_size())
    except Exception as error:  # noqa: BLE001  whatever a broker raises
        logger.warning("The queue of uploads does not answer: %s", error)
        return 0
