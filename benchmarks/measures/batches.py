"""100 records in one request, against one."""

from functools import partial
from typing import Final

from benchmarks.bench import Bench, Entry, rates, ratio, wrong
from benchmarks.contenders.base import Crew
from benchmarks.contenders.ours import Ours
from benchmarks.results import Result, Target
from benchmarks.workload import edits

TITLE: Final = "batches"
BATCH: Final = 100
DELAY: Final = 0.005  # seconds
#: More of them where it is faster, so that both take seconds.
UNBATCHED: Final = 5000
BATCHED: Final = 40_000


def measure(bench: Bench) -> list[Result]:
    alone, together = bench.compare(
        [
            Entry(
                contender=bench.contender(Ours),
                race=bench.race(delay=DELAY, crew=Crew(batch=batch)),
                messages=partial(edits, count, records=count, prefix="B"),
            )
            for batch, count in ((1, bench.size(UNBATCHED)), (BATCH, bench.size(BATCHED)))
        ]
    )
    return [
        rates(f"{TITLE}: unbatched", alone),
        rates(f"{TITLE}: {BATCH} in a request", together),
        ratio(f"{TITLE}: batched against unbatched", together, alone, Target(least=8)),
        wrong(TITLE, alone, together),
    ]
