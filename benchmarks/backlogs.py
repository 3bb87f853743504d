"""A worker that is warm, and a backlog of any size that it works on when it is let."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from benchmarks.bench import Bench
from benchmarks.contenders.base import Crew
from benchmarks.contenders.ours import Ours
from benchmarks.contenders.ours_loading import load_many
from benchmarks.ledger import Arrival
from benchmarks.race import WARM_UP, WARM_UP_DELAY
from benchmarks.workload import edits

PATIENCE: Final = 120.0


@dataclass
class Backlog:
    bench: Bench
    ours: Ours
    crew: Crew
    #: Of all that arrived so far, in order.
    arrived: list[str] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=count)

    @property
    def waiting(self) -> int:
        with self.ours.stage.connect() as connection:
            row = connection.execute(
                "SELECT count(*) FROM outbox_message WHERE state = 'pending'"
            ).fetchone()
        return int(row[0]) if row else 0

    def fill(self, size: int) -> None:
        """Up to so many messages, each of a record of its own."""
        missing = size - self.waiting
        if missing > 0:
            with self.ours.stage.connect() as connection:
                load_many(connection, missing, prefix=f"L{next(self._numbers)}-")
                # Else the server may begin to while something is measured.
                connection.execute("VACUUM outbox_lane, outbox_message")

    def deliver(
        self, messages: int, *, delay: float, meanwhile: Callable[[], None] = lambda: None
    ) -> list[Arrival]:
        """Let the worker deliver so many, and a few more, which it has at hand; the ledger."""
        from outbox.destinations import pause, resume  # Django is set up by now

        self.bench.sink.reset(delay=delay)
        resume("erp")
        self.ours.go()
        self._wait(lambda: self.bench.sink.state()["arrived"] >= messages, meanwhile)
        pause("erp", by="benchmark", because="it has delivered enough")
        self._wait(self._is_at_rest, lambda: None)
        ledger = self.bench.sink.ledger()
        self.arrived += [arrival.idempotency_key for arrival in ledger]
        return ledger

    def wrong(self) -> int:
        """Delivered and never arrived, or the other way round, or arrived twice.

        Each record has one message, so nothing can be out of order.
        """
        with self.ours.stage.connect() as connection:
            rows = connection.execute(
                "SELECT id::text || '-' || delivery_number FROM outbox_message "
                "WHERE state = 'delivered'"
            ).fetchall()
        delivered, arrived = {key for (key,) in rows}, set(self.arrived)
        return len(delivered ^ arrived) + len(self.arrived) - len(arrived)

    def _is_at_rest(self) -> bool:
        return not self.ours.exists(
            "SELECT FROM outbox_lane WHERE lease_token IS NOT NULL LIMIT 1"
        ) and not self.ours.exists("SELECT FROM outbox_drain LIMIT 1")

    def _wait(self, condition: Callable[[], bool], meanwhile: Callable[[], None]) -> None:
        give_up_at = time.monotonic() + PATIENCE
        while not condition():
            self.ours.require_alive()
            meanwhile()
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"The worker did not deliver within {PATIENCE:g} s.")
            time.sleep(0.02)


@contextmanager
def backlog(bench: Bench) -> Iterator[Backlog]:
    """Nothing waits yet; the destination is paused."""
    from outbox.destinations import resume

    ours, crew = Ours(bench.stage, bench.sink.url, bench.log), Crew()
    try:
        ours.start(crew)
        warm = WARM_UP * crew.processes
        ours.load(edits(warm, records=warm, prefix="W"))
        made = Backlog(bench, ours, crew)
        made.deliver(warm, delay=WARM_UP_DELAY)
        yield made
    finally:
        ours.stop()
        resume("erp")
        ours.clear()
