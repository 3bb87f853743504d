"""A plant: one bug, as an exchange of text, and the rule that it breaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class OutOfDate(Exception):
    """The code has changed: the text that a plant replaces is not there exactly once."""


@dataclass(frozen=True, slots=True)
class Edit:
    #: From the root of the tree.
    file: str
    old: str
    new: str

    def apply(self, text: str) -> str:
        """Raises OutOfDate."""
        if (times := text.count(self.old)) != 1:
            raise OutOfDate(f"{self.file} has this {times} times, not once: {self.old!r}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Witness:
    """The test that must turn red."""

    #: Below `tests/`.
    file: str
    name: str

    def __str__(self) -> str:
        return f"{self.file}::{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    #: What the code does wrong.
    name: str
    #: What it should do, in one sentence.
    rule: str
    edits: Sequence[Edit]
    noticed_by: Witness
    #: Shows on PostgreSQL only.
    needs_postgresql: bool = False

    def texts(self, root: Path) -> dict[str, str]:
        """File → its text with the bug. Raises OutOfDate."""
        texts: dict[str, str] = {}
        for edit in self.edits:
            text = texts.get(edit.file) or (root / edit.file).read_text()
            texts[edit.file] = edit.apply(text)
        return texts
