"""Applying: save the rows of a confirmed upload, chunk by chunk.

A chunk is one transaction: records, change log, messages, counters and checkpoint. So whatever ends
a worker, the next one goes on with the next row, and no row is saved twice.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from outbox.clock import elapsed
from outbox.crash_points import crash_point
from outbox.models import Priority
from outbox.pacing import Pace
from records.actions import Expected, Prepared, Row, Saved, Seen, Verdict, prepare_rows, save_rows
from records.context import EditContext, Source
from uploads.leases import Lease
from uploads.locks import is_lock_timeout, wait_shortly_for_locks
from uploads.models import State, Upload, UploadRow
from uploads.refusals import late_problems_of
from uploads.rights import COMMAND, why_not
from uploads.turns import Turn
from uploads.values import RowValues

logger = logging.getLogger(__name__)

#: A chunk that others get in the way of is tried again for so many seconds; then row by row.
PATIENCE: Final = 5.0


def apply(upload: Upload, lease: Lease, turn: Turn) -> bool:
    """Save until the turn is over; whether something is left. Raises LeaseLost."""
    if reason := _right_lost(upload):
        lease.end(State.FAILED, reason=reason, ended_at=timezone.now())
        return False
    saving = _Saving(upload, lease, RowValues(upload), Pace())
    while saving.next_chunk():
        if turn.is_over():
            return True
    _end(upload, lease)
    return False


def _end(upload: Upload, lease: Lease) -> None:
    upload.refresh_from_db()
    if upload.left:  # should not be; but nobody must take it for done
        reason = f"{upload.left} of the checked rows are missing. Upload the file again."
        logger.error("%s: %s", upload, reason)
        lease.end(State.FAILED, reason=reason, ended_at=timezone.now())
    else:
        lease.end(State.DONE, ended_at=timezone.now())


@dataclass(slots=True)
class _Saving:
    upload: Upload
    lease: Lease
    values: RowValues
    pace: Pace
    #: Rows up to this number are saved one by one: one of them is in the way of the others.
    alone_through: int = 0

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
        most = 1 if self.upload.saved_through < self.alone_through else self.pace.rows
        return list(to_save.defer("changes", "warnings").order_by("number")[:most])

    def _save_or_try_again(self, rows: Sequence[UploadRow]) -> None:
        give_up_at = elapsed() + PATIENCE
        for failures in count(1):
            try:
                self._save(rows)
            except (IntegrityError, OperationalError) as error:
                # Somebody else creates one of these records, or holds one for long.
                logger.warning("%s: a chunk is tried again: %s", self.upload, error)
                if not connection.in_atomic_block:
                    connection.close_if_unusable_or_obsolete()
                if elapsed() > give_up_at:
                    self._leave(rows, error)
                    return
                time.sleep(min(1.0, 0.05 * 2**failures))
            else:
                self.pace.make_room()
                return

    def _leave(self, rows: Sequence[UploadRow], error: Exception) -> None:
        """Some of these rows cannot be saved now: find out which, and refuse that one alone.

        Raises what is not a row's fault: then the whole upload waits for its next turn.
        """
        if len(rows) > 1:
            self.alone_through = rows[-1].number
        elif is_lock_timeout(error):
            self._refuse(rows[0], "Somebody else holds this record. Upload the row again.")
        elif isinstance(error, IntegrityError):
            self._refuse(rows[0], f"The database refused this row: {error}")
        else:
            raise error

    def _save(self, rows: Sequence[UploadRow]) -> None:
        prepared = prepare_rows(self.upload.kind, [self._row(row) for row in rows])
        with transaction.atomic():
            wait_shortly_for_locks()
            locked = self.lease.require(State.APPLYING)
            if locked.saved_through >= rows[-1].number:  # it had committed; the reply was lost
                self.upload.saved_through = locked.saved_through
                return
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
            crash_point("before_chunk_commits")
        crash_point("after_chunk")
        self.pace.stop(len(rows))
        self.upload.saved_through = rows[-1].number

    def _row(self, row: UploadRow) -> Row:
        return Row(
            values=self.values.of(row.cells),
            reference=f"{self.upload} line {row.line}",
            expected=_expected(row),
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

    def _refuse(self, row: UploadRow, reason: str) -> None:
        row.verdict, row.changes, row.problems = Verdict.REFUSED, {}, {"": [reason]}
        with transaction.atomic():
            locked = self.lease.require(State.APPLYING)
            row.save(update_fields=["verdict", "changes", "problems"])
            self.lease.write(locked, saved_through=row.number, refused_late=locked.refused_late + 1)
        self.upload.saved_through = row.number


def _expected(row: UploadRow) -> Seen | Expected:
    if row.record_id is None or row.version is None:
        return Expected.ABSENT
    return Seen(row.record_id, row.version)


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
        by_nobody = upload.source == Source.COMMAND and upload.actor == COMMAND
        return "" if by_nobody else f"The account of {upload.actor} is gone."
    return why_not(user, upload.kind)


def _count(saved: Sequence[Saved], verdict: Verdict) -> int:
    return sum(item.verdict == verdict for item in saved)
