"""5,000 records with one edit each: against the ceiling, and against every peer."""

from functools import partial
from typing import Final

from benchmarks.bench import Bench, Entry, rates, ratio, wrong
from benchmarks.contenders.base import Contender
from benchmarks.contenders.ceiling import Ceiling
from benchmarks.contenders.jaiminho import Jaiminho, JaiminhoAtFull
from benchmarks.contenders.ours import Ours
from benchmarks.contenders.per_row import PerRow
from benchmarks.contenders.procrastinate import Procrastinate
from benchmarks.contenders.txoutbox import TxOutbox
from benchmarks.race import Run
from benchmarks.results import Result, Target
from benchmarks.workload import edits

TITLE: Final = "one message per request"
LANES: Final = 5000
DELAYS: Final = (0.005, 0.0, 0.05)  # seconds; the first one is that of all comparisons

_CEILING: Final = Target(least=0.85)
_TXOUTBOX: Final = Target(least=0.7)
#: With fewer messages, since they take so long; and what ours is to be, against them.
_SLOW: Final[tuple[tuple[type[Contender], int, Target | None], ...]] = (
    (Procrastinate, 2000, Target(least=4)),
    (Jaiminho, 1000, Target(least=10)),
    (JaiminhoAtFull, 1000, None),
    (PerRow, 2000, Target(least=8)),
)


def measure(bench: Bench) -> list[Result]:
    return [result for delay in DELAYS for result in _at(bench, delay)]


def _at(bench: Bench, delay: float) -> list[Result]:
    everybody = delay == DELAYS[0]
    slow = _SLOW if everybody else ()
    lanes = bench.size(LANES)
    kinds: list[tuple[type[Contender], int]] = [(Ceiling, lanes), (Ours, lanes), (TxOutbox, lanes)]
    kinds += [(kind, bench.size(count)) for kind, count, _ in slow]
    entries = [
        Entry(
            contender=bench.contender(kind),
            race=bench.race(delay=delay),
            messages=partial(edits, count, records=count, prefix="C"),
        )
        for kind, count in kinds
    ]
    every = bench.compare(entries)
    ceiling, ours, txoutbox, *others = every
    at = f"{TITLE}: {delay * 1000:g} ms"
    results = [rates(f"{at}, {runs[0].contender}", runs) for runs in every]
    results.append(ratio(f"{at}, ours against the ceiling", ours, ceiling, _CEILING))
    results.append(ratio(f"{at}, ours against txoutbox", ours, txoutbox, _TXOUTBOX))
    for runs, (kind, _, target) in zip(others, slow, strict=True):
        results.append(ratio(f"{at}, ours against {kind.name}", ours, runs, target))
    if everybody:
        results += [_cpu(f"{at}, CPU of {runs[0].contender}", runs) for runs in every]
    results.append(_sink(f"{at}, CPU of the sink while ours runs", ours))
    results.append(wrong(at, *every))
    return results


def _cpu(measure: str, runs: list[Run]) -> Result:
    """Of its processes, without the database's."""
    return Result.of(measure, [1000 * run.cpu / run.messages for run in runs], "ms/message")


def _sink(measure: str, runs: list[Run]) -> Result:
    return Result.of(measure, [run.sink_cpu / run.seconds for run in runs], "cores")
