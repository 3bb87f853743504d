"""Receiving a file: its bytes go into the database, part by part; a worker is asked to check it."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from outbox.clock import DatabaseNow
from records.context import Source
from records.registry import RecordType
from uploads.asking import ask
from uploads.contents import Contents
from uploads.models import State, Upload, UploadPart
from uploads.models.part import PART_SIZE
from uploads.models.upload import LONGEST_FILE_NAME
from uploads.withholding import without_passwords

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def receive(
    record_type: RecordType,
    data: Iterable[bytes],
    *,
    file_name: str,
    actor: str,
    uploaded_by: Any = None,
    source: Source = Source.CSV,
    **how_to_read: Any,
) -> Upload:
    """Keep the file, without its passwords. Raises UnusableFile, and then nothing is kept.

    Each part is a transaction of its own: a large file holds up no edit.
    """
    upload = Upload.objects.create(
        record_type=record_type.name,
        file_name=shown_file_name(file_name),
        actor=actor,
        uploaded_by=uploaded_by,
        source=source,
        created_at=timezone.now(),
        **how_to_read,
    )
    contents = Contents()
    try:
        kept = without_passwords(data, how_to_read.get("delimiter", ""))
        for number, part in enumerate(_parts(kept)):
            contents.feed(part)
            UploadPart.objects.create(upload=upload, number=number, data=part)
        contents.finish()
    except BaseException:  # a browser that went away, a Ctrl-C
        upload.delete()
        raise
    upload.change(
        size=contents.size,
        sha256=contents.sha256,
        encoding=upload.encoding or contents.encoding,
    )
    return upload


def check_in_background(upload: Upload) -> None:
    """The file is here: any worker may check it."""
    if release(upload):
        transaction.on_commit(lambda: ask(upload.pk), robust=True)


def release(upload: Upload) -> bool:
    """Let it be checked. False where somebody stopped it while it came in."""
    moved = Upload.objects.filter(pk=upload.pk, state=State.RECEIVING).update(
        state=State.CHECKING, check_number=1, phase_at=timezone.now(), due_at=DatabaseNow()
    )
    upload.refresh_from_db()
    return bool(moved)


def shown_file_name(name: str) -> str:
    """The last part of a path, without what cannot be seen, cut to a length one can read."""
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(char for char in last if unicodedata.category(char) not in _UNSEEN).strip()
    if len(seen) > LONGEST_FILE_NAME:
        half = LONGEST_FILE_NAME // 2
        seen = f"{seen[: half - 1]}…{seen[-half:]}"
    return seen or "file without a name"


def _parts(data: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in parts of PART_SIZE."""
    waiting = bytearray()
    for piece in data:
        waiting += piece
        while len(waiting) >= PART_SIZE:
            yield bytes(waiting[:PART_SIZE])
            del waiting[:PART_SIZE]
    if waiting:
        yield bytes(waiting)
