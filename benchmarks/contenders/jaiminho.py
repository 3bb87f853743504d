"""django-jaiminho: a decorated function for each message, kept in order by `events_relay`.

A relay sends one event after the other. Order is kept within a stream, so the records are dealt to
as many streams as there are relays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from benchmarks.contenders.base import Crew
from benchmarks.contenders.django_peer import DjangoPeer
from benchmarks.workload import Message, dealt, write_requests


@dataclass
class Jaiminho(DjangoPeer):
    name: ClassVar[str] = "jaiminho"

    _relays: int = 0

    def prepare(self) -> None:
        self.run_once("-m", "django", "migrate", "jaiminho", "--verbosity", "0")

    def start(self, crew: Crew) -> None:
        self._relays = self.relays_of(crew)
        for stream in range(self._relays):
            self.child(
                *("-m", "django", "events_relay", "--run-in-loop", "--loop-interval", "0.1"),
                *("--stream", f"stream-{stream}"),
                env=self.environment(),
            )

    def relays_of(self, crew: Crew) -> int:
        """A process each, that sends one request at a time."""
        return crew.processes

    def load(self, messages: Sequence[Message]) -> None:
        paths = []
        for number, hand in enumerate(dealt(messages, self._relays)):
            path = self.stage.folder / f"jaiminho-{number}.jsonl"
            write_requests(hand, path)
            paths.append(str(path))
        self.run_once("-m", "benchmarks.contenders.jaiminho_loading", *paths)

    def is_done(self) -> bool:
        return not self.exists("SELECT FROM jaiminho_event LIMIT 1")

    def clear(self) -> None:
        self.truncate("jaiminho_event")


class JaiminhoAtFull(Jaiminho):
    """With as many relays as the others have senders: that many Django processes."""

    name: ClassVar[str] = "jaiminho, a relay for each sender"

    def relays_of(self, crew: Crew) -> int:
        return crew.concurrency
