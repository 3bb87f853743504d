"""Forgetting: what stood in a file is not kept for ever; that there was an upload is.

The bytes go when nothing will read them again, the rows some time later. Few at a time, so that
nobody waits for it.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from outbox.clock import database_now
from uploads.models import State, Upload, UploadPart, UploadQuerySet

ROWS_AT_ONCE: Final = 1000
PARTS_AT_ONCE: Final = 10


def forget_contents() -> None:
    """Called every few seconds."""
    _forget_bytes()
    limit = database_now() - timedelta(days=settings.UPLOAD_KEEP_DAYS)
    Upload.objects.filter(state=State.READY, phase_at__lt=limit).update(
        state=State.CANCELLED, ended_at=limit
    )
    upload = _to_forget(limit).first()
    if upload is not None:
        _forget_rows(upload, limit)


def _to_forget(limit: datetime) -> UploadQuerySet:
    return Upload.objects.filter(forgotten_at=None, ended_at__lte=limit)


def _forget_bytes() -> None:
    """Of uploads that cannot be checked again."""
    over = Q(upload__state__in=[State.DONE, State.CANCELLED])
    over |= Q(upload__state=State.FAILED, upload__confirmed_at__isnull=False)
    over |= Q(upload__forgotten_at__isnull=False)
    parts = UploadPart.objects.filter(over).values_list("pk", flat=True)[:PARTS_AT_ONCE]
    UploadPart.objects.filter(pk__in=list(parts)).delete()


@transaction.atomic
def _forget_rows(upload: Upload, limit: datetime) -> None:
    # Somebody may have it checked anew at this moment: locked, it is looked at again.
    locked = _to_forget(limit).select_for_update().filter(pk=upload.pk).first()
    if locked is None:
        return
    rows = list(locked.rows.order_by("-number").values_list("pk", flat=True)[:ROWS_AT_ONCE])
    locked.rows.filter(pk__in=rows).delete()
    if len(rows) < ROWS_AT_ONCE:
        locked.change(forgotten_at=timezone.now())
