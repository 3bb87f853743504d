"""The ceiling: a bare loop of pooled `requests`, with no database and nothing written down.

As many processes and threads as the others have senders, the same bodies and headers. Nothing that
sends through its sessions can be faster; ours takes its connections only.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from benchmarks.contenders.base import Contender, Crew
from benchmarks.workload import Message, dealt, write_requests


@dataclass
class Ceiling(Contender):
    name: ClassVar[str] = "the ceiling"

    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _is_under_way: bool = False

    def start(self, crew: Crew) -> None:
        for _ in range(crew.processes):
            self.child(
                *("-m", "benchmarks.contenders.ceiling_process", self.url, str(crew.senders)),
                piped=True,
            )

    def load(self, messages: Sequence[Message]) -> None:
        for child, hand in zip(self.children, dealt(messages, len(self.children)), strict=True):
            path = self.stage.folder / f"ceiling-{next(self._numbers)}.jsonl"
            write_requests(hand, path)
            child.tell(str(path))
        self._hear_all()

    def go(self) -> None:
        for child in self.children:
            child.tell("go")
        self._is_under_way = True

    def is_done(self) -> bool:
        """Waits until it is."""
        if self._is_under_way:
            self._hear_all()
            self._is_under_way = False
        return True

    def _hear_all(self) -> None:
        for child in self.children:
            child.hear()
