"""5 records that everybody edits, without merging: one request at a time for each of them."""

from functools import partial
from typing import Final

from benchmarks.bench import Bench, Entry, rates, wrong
from benchmarks.contenders.base import Crew
from benchmarks.contenders.ceiling import Ceiling
from benchmarks.contenders.ours import Ours
from benchmarks.race import Run
from benchmarks.results import Result, Target
from benchmarks.workload import edits

TITLE: Final = "5 hot lanes"
LANES: Final = 5
MESSAGES: Final = 3000
DELAY: Final = 0.005  # seconds
#: The limit needs a sender for each lane, and no second process, which would share them unevenly.
_LIMIT: Final = Crew(processes=1, senders=LANES)


def measure(bench: Bench) -> list[Result]:
    messages = partial(edits, bench.size(MESSAGES, least=50), records=LANES, prefix="H")
    limit, ours = bench.compare(
        [
            Entry(
                contender=bench.contender(kind),
                race=bench.race(delay=DELAY, crew=crew),
                messages=messages,
            )
            for kind, crew in ((Ceiling, _LIMIT), (Ours, Crew()))
        ]
    )
    of_limit = [mine.rate / bare.rate for mine, bare in zip(ours, limit, strict=True)]
    return [
        rates(f"{TITLE}: the limit, lanes ÷ latency of a bare loop", limit),
        rates(f"{TITLE}: ours", ours),
        Result.of(f"{TITLE}: latency of a bare request", _latency(limit), "ms"),
        Result.of(f"{TITLE}: ours against the limit", of_limit, "×", Target(least=0.8)),
        wrong(TITLE, limit, ours),
    ]


def _latency(runs: list[Run]) -> list[float]:
    return [1000 * LANES / run.rate for run in runs]
