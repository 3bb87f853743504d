"""Forgetting: what stood in a file is not kept for ever; that there was an upload is.

The bytes go when nothing will read them again, the rows some time later. Few at a time, so that
nobody waits for it.
"""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from outbox.clock import database_now
from uploads.models import State, Upload, UploadPart

ROWS_AT_ONCE: Final = 1000
PARTS_AT_ONCE: Final = 10


def forget_contents() -> None:
    """Called every few seconds."""
    _forget_bytes()
    limit = database_now() - timedelta(days=settings.UPLOAD_KEEP_DAYS)
    Upload.objects.filter(state=State.READY, phase_at__lt=limit).update(
        state=State.CANCELLED, ended_at=limit
    )
    upload = Upload.objects.filter(forgotten_at=None, ended_at__lte=limit).first()
    if upload is not None:
        _forget_rows(upload)


def _forget_bytes() -> None:
    """Of uploads that are not checked again."""
    over = Q(upload__state__in=[State.DONE, State.CANCELLED])
    over |= Q(upload__state=State.FAILED, upload__confirmed_at__isnull=False)
    parts = UploadPart.objects.filter(over).values_list("pk", flat=True)[:PARTS_AT_ONCE]
    UploadPart.objects.filter(pk__in=list(parts)).delete()


def _forget_rows(upload: Upload) -> None:
    rows = list(upload.rows.order_by("-number").values_list("pk", flat=True)[:ROWS_AT_ONCE])
    upload.rows.filter(pk__in=rows).delete()
    if len(rows) < ROWS_AT_ONCE:
        upload.parts.all().delete()
        upload.change(forgotten_at=timezone.now())
