"""The journal: what editors were told, kept in a file that outlives them."""

import os
from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from uuid import UUID


class Told(StrEnum):
    COMMITTED = "committed"  # the edit of this id
    ROLLED_BACK = "rolled-back"  # likewise
    SENDING = "sending"  # the message of this id: what the API answers
    REFUSED = "refused"  # for its key, its version or its values
    FAILED = "failed"  # the database or the pages were away: it may have been kept or not
    BROKEN = "broken"  # something that nobody should ever be told; the log has it
    UPLOADED = "uploaded"  # a file


class Journal:
    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, told: Told, ids: Iterable[UUID | str] = ("-",)) -> None:
        """One write for all, so that a kill leaves no half of it."""
        os.write(self._file, "".join(f"{told} {one}\n" for one in ids).encode())


def read_journals(folder: Path) -> dict[Told, list[str]]:
    """The ids; for what has none, one "-" each."""
    found: dict[Told, list[str]] = defaultdict(list)
    for path in folder.glob("*.journal"):
        for line in path.read_text().splitlines():
            told, _, one = line.partition(" ")
            found[Told(told)].append(one)
    return found
