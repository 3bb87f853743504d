"""Ours: `manage.py run_worker`, as users run it, with so many worker processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from benchmarks.contenders.base import Contender, Crew
from benchmarks.contenders.ours_loading import load_messages
from benchmarks.workload import Message


@dataclass
class Ours(Contender):
    name: ClassVar[str] = "ours"

    _crew: Crew | None = None

    def start(self, crew: Crew) -> None:
        self._crew = crew
        self.child("manage.py", "run_worker", env=self.environment(crew))

    def environment(self, crew: Crew) -> dict[str, str]:
        return self.stage.environment() | {
            "ERP_URL": self.url,
            "ERP_CONCURRENCY": str(crew.senders),
            "ERP_MERGE": str(crew.merge).lower(),
            "ERP_BATCH": str(crew.batch),
            "WORKERS": str(crew.processes),
            "REDIS_URL": self.stage.redis_url if crew.redis else "",
        }

    def load(self, messages: Sequence[Message]) -> None:
        with self.stage.connect() as connection:
            load_messages(connection, messages)

    def go(self) -> None:
        """One wake-up for each process, as edits that go on would ask for them."""
        from outbox.wake import wake  # Django is set up by now

        for _ in range(self._crew.processes if self._crew else 0):
            wake("erp", even_if_asked=True)

    def is_done(self) -> bool:
        return not self.exists("SELECT FROM outbox_message WHERE state = 'pending' LIMIT 1")

    def clear(self) -> None:
        self.truncate("outbox_attempt", "outbox_message", "outbox_lane")
