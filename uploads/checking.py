"""Checking: read the file and compare each row with its record. Only what is found is written."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from django.db import transaction
from django.utils import timezone

from outbox.pacing import Pace
from records.actions import Prepared, Row, Verdict, prepare_rows
from uploads.columns import check_columns, match_columns, require_key
from uploads.earlier_checks import forget_earlier_check
from uploads.errors import UnusableFile
from uploads.leases import Lease
from uploads.lines import Place
from uploads.models import State, Upload, UploadRow
from uploads.models.row import LONGEST_KEY
from uploads.reading import FileReader, FileRow
from uploads.refusals import problems_of
from uploads.turns import Turn
from uploads.values import RowValues

#: In one chunk: rows may be long, and what is made of them is several times as long.
MOST_CHARACTERS: Final = 1_000_000


def check(upload: Upload, lease: Lease, turn: Turn) -> bool:
    """Check until the turn is over; whether something is left. Raises LeaseLost.

    A worker that takes over reads the header again, and then goes on at the checkpoint.
    """
    try:
        reader = FileReader(upload)
        _settle_how_to_read(upload, lease, reader)
        if forget_earlier_check(lease, turn):
            return True
        if upload.row_count:
            checkpoint = Place(upload.bytes_read, upload.lines_read)
            reader.go_on_at(checkpoint, rows_before=upload.row_count)
        rows, values, pace = reader.rows(), RowValues(upload), Pace()
        while chunk := _next_chunk(rows, pace.rows):
            _check_chunk(upload, lease, chunk, values, place=reader.place, pace=pace)
            if turn.is_over():
                return True
    except UnusableFile as error:
        lease.end(State.FAILED, reason=str(error), ended_at=timezone.now())
        return False
    _finish(upload, lease)
    return False


def _settle_how_to_read(upload: Upload, lease: Lease, reader: FileReader) -> None:
    """What a person has not said is found out, once. Raises UnusableFile."""
    columns = upload.columns
    if reader.header != upload.header:
        columns = match_columns(upload.kind, reader.header)
    with transaction.atomic():
        locked = lease.require(State.CHECKING)
        lease.write(locked, header=reader.header, delimiter=reader.delimiter, columns=columns)
    upload.header, upload.delimiter, upload.columns = reader.header, reader.delimiter, columns
    check_columns(upload.kind, upload.header, columns)
    require_key(upload.kind, upload.header, columns, upload.fixed)


def _next_chunk(rows: Iterator[FileRow], most: int) -> list[FileRow]:
    chunk: list[FileRow] = []
    characters = 0
    for row in rows:
        chunk.append(row)
        characters += sum(map(len, row.cells))
        if len(chunk) >= most or characters >= MOST_CHARACTERS:
            break
    return chunk


def _check_chunk(
    upload: Upload,
    lease: Lease,
    chunk: Sequence[FileRow],
    values: RowValues,
    *,
    place: Place,
    pace: Pace,
) -> None:
    """`place` is behind the chunk."""
    found = _compared(upload, chunk, values)
    counts = Counter(row.verdict for row in found)
    with transaction.atomic():
        locked = lease.require(State.CHECKING)
        pace.start()
        UploadRow.objects.bulk_create(found)
        lease.write(
            locked,
            row_count=chunk[-1].number,
            bytes_read=place.byte,
            lines_read=place.line,
            warned=locked.warned + sum(row.warned for row in found),
            **{verdict: getattr(locked, verdict) + counts[verdict] for verdict in Verdict.values},
        )
    pace.stop(len(chunk))
    pace.make_room()


def _compared(upload: Upload, chunk: Sequence[FileRow], values: RowValues) -> list[UploadRow]:
    good = [row for row in chunk if not row.problem]
    prepared = prepare_rows(upload.kind, [Row(values=values.of(row.cells)) for row in good])
    by_number = {row.number: item for row, item in zip(good, prepared, strict=True)}
    first_lines = _first_lines(upload, [item.key for item in prepared])
    found = []
    for row in chunk:
        item = by_number.get(row.number)
        checked = _unreadable(upload, row) if item is None else _checked(upload, row, item, values)
        if first := first_lines.get(checked.key):
            _refuse_duplicate(checked, first)
        elif checked.key and checked.verdict != Verdict.REFUSED:
            first_lines[checked.key] = row.line
        found.append(checked)
    return found


def _first_lines(upload: Upload, keys: Sequence[str]) -> dict[str, int]:
    """Key → the line that has it first, of earlier chunks. A row that is refused has no claim."""
    earlier = UploadRow.objects.filter(upload=upload, key__in=[key for key in keys if key])
    return dict(earlier.exclude(verdict=Verdict.REFUSED).values_list("key", "line"))


def _checked(upload: Upload, row: FileRow, item: Prepared, values: RowValues) -> UploadRow:
    warnings = {**item.warnings, **values.warnings(row.cells)}
    return UploadRow(
        upload=upload,
        number=row.number,
        line=row.line,
        cells=row.cells,
        key=item.key[:LONGEST_KEY],
        verdict=item.verdict,
        record_id=item.record.pk if item.record else None,
        version=item.version,
        changes=item.changes,
        problems=problems_of(item.refusal) if item.refusal else {},
        warnings=warnings,
        warned=bool(warnings),
    )


def _unreadable(upload: Upload, row: FileRow) -> UploadRow:
    return UploadRow(
        upload=upload,
        number=row.number,
        line=row.line,
        cells=row.cells,
        key="",
        verdict=Verdict.REFUSED,
        problems={"": [row.problem]},
    )


def _refuse_duplicate(row: UploadRow, first: int) -> None:
    row.verdict = Verdict.REFUSED
    row.changes, row.warnings, row.warned = {}, {}, False
    row.problems = {"": [f"Line {first} has the same key {row.key}. Only that one counts."]}


def _finish(upload: Upload, lease: Lease) -> None:
    if upload.needs_confirmation:
        lease.end(State.READY, bytes_read=upload.size)
    else:
        # The lease stays with whoever has it.
        with transaction.atomic():
            locked = lease.require(State.CHECKING)
            lease.write(
                locked, state=State.APPLYING, bytes_read=upload.size, phase_at=timezone.now()
            )
