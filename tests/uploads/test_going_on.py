"""A worker that takes over goes on with the next row, and reads what is before it no more."""

import codecs

import pytest

from outbox import pacing
from tests.uploads.conftest import UploadFile, verdicts, worked_on
from tests.uploads.test_checking import OneChunk
from uploads import receiving
from uploads.leases import claim
from uploads.models import State, Upload
from uploads.reading import FileReader, FileRow
from uploads.tasks import take_turn

pytestmark = pytest.mark.django_db

LINES = [
    "number,name",
    "A,Müller",
    "",
    'B,"Two{end}lines, ""quoted"""',
    "C,€ and 𝄞",
    " , ",
    'D,"{end}"',
    "E,Last",
]
ENCODINGS = {
    "utf-8": (b"", "utf-8", "utf-8-sig"),
    "utf-8 with a mark": (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
    "utf-16-le": (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
    "utf-16-be": (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
    "windows-1252": (b"", "windows-1252", "windows-1252"),
    "latin-1": (b"", "latin-1", "latin-1"),
}


def rows_in_two(upload: Upload, cut: int) -> list[FileRow]:
    """The same rows, the first of them by one reader, the rest by another."""
    one, other = FileReader(upload), FileReader(upload)
    found = [row for _, row in zip(range(cut), one.rows(), strict=False)]
    if cut:
        other.go_on_at(one.place, rows_before=cut)
    return found + list(other.rows())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("last_end", [True, False])
def test_rows_read_in_two_parts_are_those_read_in_one(
    received: UploadFile,
    monkeypatch: pytest.MonkeyPatch,
    encoding: str,
    end: str,
    last_end: bool,
) -> None:
    monkeypatch.setattr(receiving, "PART_SIZE", 7)
    mark, codec, chosen = ENCODINGS[encoding]
    text = end.join(LINES).replace("{end}", end) + end * last_end
    data = mark + text.encode(codec, errors="replace")
    upload = received(data, encoding=chosen)
    reader = FileReader(upload)
    in_one = list(reader.rows())
    assert len(in_one) == 5
    assert reader.place.byte == len(data)
    for cut in range(len(in_one) + 1):
        assert rows_in_two(upload, cut) == in_one


def test_a_worker_that_takes_over_needs_nothing_of_what_is_checked(
    received: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PART_SIZE", 64)
    monkeypatch.setattr(pacing, "FIRST", 50)
    upload = received("number,name\n" + "".join(f"{n},Customer {n}\n" for n in range(100)))
    lease = claim(upload.pk)
    assert lease is not None
    take_turn(upload, lease, OneChunk())
    lease.release()
    upload.refresh_from_db()
    assert (upload.row_count, upload.lines_read) == (50, 51)
    upload.parts.filter(number__gt=0, number__lt=upload.bytes_read // 64).delete()
    worked_on(upload)
    assert (upload.state, verdicts(upload)) == (State.READY, ["new"] * 100)
    assert upload.rows.get(number=100).line == 101
