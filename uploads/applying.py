"""Applying: save the rows of a confirmed upload, chunk by chunk.

A chunk is one transaction: records, change log, messages, counters and checkpoint. So whatever ends
a worker, the next one goes on with the next row, and no row is saved twice.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from outbox.models import Priority
from records.actions import Expected, Prepared, Row, Saved, Verdict, prepare_rows, save_rows
from records.context import EditContext, Source
from uploads.leases import Lease
from uploads.models import State, Upload, UploadRow
from uploads.pacing import Pace
from uploads.refusals import late_problems_of
from uploads.turns import Turn
from uploads.values import RowValues

logger = logging.getLogger(__name__)

#: A chunk that others got in the way of is tried so often; then its rows one by one.
TRIES: Final = 3


def apply(upload: Upload, lease: Lease, turn: Turn) -> bool:
    """Save until the turn is over; whether something is left. Raises LeaseLost."""
    if reason := _right_lost(upload):
        lease.end(State.FAILED, reason=reason, ended_at=timezone.now())
        return False
    saving = _Saving(upload, lease, RowValues(upload), Pace())
    while saving.next_chunk():
        if turn.is_over():
            return True
    lease.end(State.DONE, ended_at=timezone.now())
    return False


@dataclass(slots=True)
class _Saving:
    upload: Upload
    lease: Lease
    values: RowValues
    pace: Pace

    def next_chunk(self) -> bool:
        """False where there are no more rows. Raises LeaseLost."""
        rows = self._next_rows()
        if rows:
            self._save_or_try_again(rows)
        return bool(rows)

    def _next_rows(self) -> list[UploadRow]:
        to_save = self.upload.rows.filter(
            number__gt=self.upload.saved_through, verdict__in=[Verdict.NEW, Verdict.CHANGED]
        )
        return list(to_save.defer("changes", "warnings").order_by("number")[: self.pace.rows])

    def _save_or_try_again(self, rows: Sequence[UploadRow]) -> None:
        error: Exception | None = None
        for _ in range(TRIES):
            try:
                self._save(rows)
            except (IntegrityError, OperationalError) as failure:
                # Somebody else creates one of these records, or holds a lock for long.
                logger.warning("%s: a chunk is tried again: %s", self.upload, failure)
                if not connection.is_usable():
                    connection.close()
                error = failure
            else:
                self.pace.make_room()
                return
        if len(rows) > 1:
            self.pace.one_by_one()
        elif isinstance(error, IntegrityError):
            self._refuse(rows[0], error)
        elif error is not None:
            raise error

    def _save(self, rows: Sequence[UploadRow]) -> None:
        prepared = prepare_rows(self.upload.kind, [self._row(row) for row in rows])
        with transaction.atomic():
            locked = self.lease.require(State.APPLYING)
            self.pace.start()
            saved = save_rows(self.upload.kind, prepared, context=_context(self.upload))
            self._note_others(rows, saved)
            self.lease.write(
                locked,
                saved_through=rows[-1].number,
                saved=locked.saved + sum(item.edit_id is not None for item in saved),
                overtaken=locked.overtaken + _count(saved, Verdict.UNCHANGED),
                refused_late=locked.refused_late + _count(saved, Verdict.REFUSED),
                messages=locked.messages + sum(item.messages for item in saved),
            )
        self.pace.stop(len(rows))
        self.upload.saved_through = rows[-1].number

    def _row(self, row: UploadRow) -> Row:
        return Row(
            values=self.values.of(row.cells),
            reference=f"{self.upload} line {row.line}",
            expected=Expected.ABSENT if row.version is None else row.version,
        )

    def _note_others(self, rows: Sequence[UploadRow], saved: Sequence[Saved]) -> None:
        """The rows that come out otherwise than they were checked."""
        others = []
        for row, item in zip(rows, saved, strict=True):
            if item.verdict != row.verdict:
                row.verdict, row.changes = item.verdict, {}
                row.problems = self._problems(item.prepared)
                others.append(row)
        UploadRow.objects.bulk_update(others, ["verdict", "changes", "problems"], batch_size=100)

    def _problems(self, item: Prepared) -> dict[str, list[str]]:
        if item.refusal is None:
            return {}
        return late_problems_of(self.upload.kind, item.key, item.refusal)

    def _refuse(self, row: UploadRow, error: Exception) -> None:
        """The database will not have it, and says so again and again."""
        row.verdict, row.changes = Verdict.REFUSED, {}
        row.problems = {"": [f"The database refused this row: {error}"]}
        with transaction.atomic():
            locked = self.lease.require(State.APPLYING)
            row.save(update_fields=["verdict", "changes", "problems"])
            self.lease.write(locked, saved_through=row.number, refused_late=locked.refused_late + 1)
        self.upload.saved_through = row.number


def _context(upload: Upload) -> EditContext:
    return EditContext(
        actor=upload.actor,
        source=Source(upload.source),
        reference=str(upload),
        batch=str(upload),
        priority=Priority.BULK,
    )


def _right_lost(upload: Upload) -> str:
    """Why the person who uploaded it may not do so any more; "" where nothing is in the way."""
    user = upload.uploaded_by
    if user is None:
        is_command = upload.source == Source.COMMAND
        return "" if is_command else f"The account of {upload.actor} is gone."
    if not user.is_active:
        return f"The account of {upload.actor} is switched off."
    if not user.has_perm(upload.kind.right("upload")):
        return f"{upload.actor} may not upload {upload.kind.plural} now."
    return ""


def _count(saved: Sequence[Saved], verdict: Verdict) -> int:
    return sum(item.verdict == verdict for item in saved)
