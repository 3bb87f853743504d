"""One run of one contender: warm it up, give it messages, wait for the last, judge."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.base import Contender, Crew
from benchmarks.ledger import Verdict, judge
from benchmarks.processes import cpu_of
from benchmarks.sink_process import Sink
from benchmarks.workload import Message, edits

#: Messages that every process has sent, about, before anything is measured; and how late the sink
#: answers them, in seconds: late enough that every process gets some.
WARM_UP: Final = 200
WARM_UP_DELAY: Final = 0.01
LOOK_EVERY: Final = 0.1  # seconds


class TookTooLong(Exception):
    """A contender did not deliver everything within its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was measured."""

    contender: str
    #: Messages delivered, and the seconds from the first arrival to the last.
    messages: int
    seconds: float
    #: Requests that the sink answered, and those that it had answered before.
    requests: int
    repeats: int
    #: Seconds of CPU: of the contender's processes, of the sink, of the database's.
    cpu: float
    sink_cpu: float
    database_cpu: float
    verdict: Verdict

    @property
    def rate(self) -> float:
        """Messages per second."""
        return self.messages / self.seconds if self.seconds else 0.0

    def __str__(self) -> str:
        wrong = f", WRONG: {self.verdict}" if self.verdict.wrong else ""
        return (
            f"{self.contender}: {self.rate:,.0f}/s ({self.messages:,} in {self.seconds:.2f} s, "
            f"{self.requests:,} requests, {self.repeats} repeated; CPU {self.cpu:.2f} s, "
            f"sink {self.sink_cpu:.2f} s, database {self.database_cpu:.2f} s){wrong}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """How all contenders of a comparison are measured."""

    sink: Sink
    crew: Crew
    delay: float  # seconds
    #: Seconds that one run may take.
    patience: float = 300.0

    def run(self, contender: Contender, messages: Sequence[Message]) -> Run:
        """Raises TookTooLong, and Crashed where one of its processes ends."""
        contender.start(self.crew)
        try:
            self._warm_up(contender)
            return self._measure(contender, messages)
        finally:
            contender.stop()
            contender.clear()

    def _warm_up(self, contender: Contender) -> None:
        count = WARM_UP * self.crew.processes
        self.sink.reset(delay=WARM_UP_DELAY)
        contender.load(edits(count, records=count, prefix="W"))
        contender.go()
        self.wait_for(contender, arrivals=count)

    def _measure(self, contender: Contender, messages: Sequence[Message]) -> Run:
        self.sink.reset(delay=self.delay)
        # Before they are loaded: a contender that polls begins when they are committed.
        theirs, database = contender.processes(), contender.stage.backends()
        cpu, sink_cpu, database_cpu = cpu_of(theirs), self.sink.state()["cpu"], cpu_of(database)
        contender.load(messages)
        contender.go()
        lanes = len({message.key for message in messages})
        self.wait_for(contender, arrivals=lanes if self.crew.merge else len(messages))
        cpu, database_cpu = cpu_of(theirs) - cpu, cpu_of(database) - database_cpu
        state = self.sink.state()
        ledger = self.sink.ledger()
        times = [arrival.at for arrival in ledger]
        return Run(
            contender=contender.name,
            messages=len(messages),
            seconds=max(times) - min(times),
            requests=state["requests"],
            repeats=state["repeats"],
            cpu=cpu,
            sink_cpu=state["cpu"] - sink_cpu,
            database_cpu=database_cpu,
            verdict=judge(messages, ledger, merging=self.crew.merge),
        )

    def wait_for(self, contender: Contender, *, arrivals: int) -> None:
        """Until so much has arrived at the least, and the contender is done."""
        give_up_at = time.monotonic() + self.patience
        while self.sink.state()["arrived"] < arrivals or not contender.is_done():
            contender.require_alive()
            if time.monotonic() > give_up_at:
                raise TookTooLong(
                    f"{contender.name}: {self.sink.state()['arrived']:,} of {arrivals:,} "
                    f"arrived within {self.patience:g} s."
                )
            time.sleep(LOOK_EVERY)
