"""The realistic case: 20,000 edits of 5,000 records wait after an outage, and may be merged."""

from functools import partial
from typing import Final

from benchmarks.bench import Bench, Entry, rates, ratio, wrong
from benchmarks.contenders.base import Crew
from benchmarks.contenders.ours import Ours
from benchmarks.contenders.txoutbox import TxOutbox
from benchmarks.results import Result, Target
from benchmarks.workload import edits

TITLE: Final = "after an outage"
EDITS: Final = 20_000
RECORDS: Final = 5000
DELAY: Final = 0.005  # seconds


def measure(bench: Bench) -> list[Result]:
    records = bench.size(RECORDS)
    messages = partial(edits, EDITS // RECORDS * records, records=records, prefix="C")
    # A peer must deliver every message.
    ours, theirs = bench.compare(
        [
            Entry(
                contender=bench.contender(kind),
                race=bench.race(delay=DELAY, crew=Crew(merge=merge)),
                messages=messages,
            )
            for kind, merge in ((Ours, True), (TxOutbox, False))
        ]
    )
    return [
        rates(f"{TITLE}: edits settled, ours with merging", ours),
        rates(f"{TITLE}: edits settled, txoutbox", theirs),
        ratio(f"{TITLE}: ours against txoutbox", ours, theirs, Target(least=3)),
        wrong(TITLE, ours, theirs),
    ]
