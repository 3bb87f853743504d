"""Two and four worker processes against one, at a remote that takes 50 ms."""

from functools import partial
from typing import Final

from benchmarks.bench import Bench, Entry, rates, ratio, wrong
from benchmarks.contenders.base import Crew
from benchmarks.contenders.ours import Ours
from benchmarks.results import Result, Target
from benchmarks.workload import edits

TITLE: Final = "worker processes"
DELAY: Final = 0.05  # seconds
SENDERS: Final = 10
#: For each process, so that all runs take as long.
MESSAGES: Final = 2000


def measure(bench: Bench) -> list[Result]:
    sizes = (1, 2, 4)
    one, two, four = bench.compare(
        [
            Entry(
                contender=bench.contender(Ours),
                race=bench.race(delay=DELAY, crew=Crew(processes=size, senders=SENDERS)),
                messages=partial(
                    edits,
                    size * bench.size(MESSAGES),
                    records=size * bench.size(MESSAGES),
                    prefix="S",
                ),
            )
            for size in sizes
        ]
    )
    return [
        *(
            rates(f"{TITLE}: {size}", runs)
            for size, runs in zip(sizes, (one, two, four), strict=True)
        ),
        ratio(f"{TITLE}: 2 against 1", two, one, Target(least=1.9)),
        ratio(f"{TITLE}: 4 against 1", four, one, Target(least=3.5)),
        wrong(TITLE, one, two, four),
    ]
