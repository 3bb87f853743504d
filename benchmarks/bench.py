"""What every measure is given: servers, the sink, contenders, and how large a run is to be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO

from benchmarks.contenders.base import Contender, Crew
from benchmarks.race import Race, Run
from benchmarks.results import Result, Target
from benchmarks.sink_process import Sink
from benchmarks.stage import Stage
from benchmarks.workload import Message

Messages = Callable[[], Sequence[Message]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A contender, how it runs, and the messages of one run, new for each."""

    contender: Contender
    race: Race
    messages: Messages


@dataclass(kw_only=True)
class Bench:
    stage: Stage
    sink: Sink
    #: What processes say goes here.
    log: IO[bytes]
    #: 1 for the sizes that the targets are about.
    scale: float
    repetitions: int
    say: Callable[[str], None]
    _prepared: set[type[Contender]] = field(default_factory=set)

    def size(self, full: int, *, least: int = 10) -> int:
        return max(least, round(full * self.scale))

    def contender(self, kind: type[Contender]) -> Contender:
        """Ready to run; its tables are made when it is asked for first."""
        contender = kind(self.stage, self.sink.url, self.log)
        if kind not in self._prepared:
            contender.prepare()
            self._prepared.add(kind)
        return contender

    def race(self, *, delay: float, crew: Crew | None = None) -> Race:
        return Race(sink=self.sink, crew=crew or Crew(), delay=delay)

    def compare(self, entries: Sequence[Entry]) -> list[list[Run]]:
        """All of them in turn, as often as there are repetitions: noise hits all alike.

        For each entry, its runs.
        """
        runs: list[list[Run]] = [[] for _ in entries]
        for _ in range(self.repetitions):
            for entry, done in zip(entries, runs, strict=True):
                done.append(entry.race.run(entry.contender, entry.messages()))
                self.say(f"  {entry.race.delay * 1000:g} ms, {done[-1]}")
        return runs


def rates(measure: str, runs: Sequence[Run]) -> Result:
    return Result.of(measure, [run.rate for run in runs], "messages/s")


def ratio(
    measure: str, ours: Sequence[Run], others: Sequence[Run], target: Target | None
) -> Result:
    """Of the rates, run by run."""
    values = [mine.rate / other.rate for mine, other in zip(ours, others, strict=True)]
    return Result.of(measure, values, "×", target)


def wrong(title: str, *runs: Sequence[Run]) -> Result:
    """All that went wrong in any of the runs."""
    return nothing_wrong(title, sum(run.verdict.wrong for some in runs for run in some))


def nothing_wrong(title: str, count: int) -> Result:
    return Result.of(f"{title}: lost, phantom, doubled, reordered", [count], "", Target(most=0))
