"""SQL statements for each batch that is claimed."""

from typing import Final

from benchmarks.bench import Bench, nothing_wrong
from benchmarks.contenders.base import Crew
from benchmarks.contenders.ours import Ours
from benchmarks.ledger import judge
from benchmarks.probe import run_probe
from benchmarks.results import Result, Target
from benchmarks.workload import edits

TITLE: Final = "SQL statements"
LANES: Final = 2000
DELAY: Final = 0.005  # seconds


def measure(bench: Bench) -> list[Result]:
    ours = Ours(bench.stage, bench.sink.url, bench.log)
    per_batch, per_message = [], []
    count = 0
    for _ in range(bench.repetitions):
        bench.sink.reset(delay=DELAY)
        lanes = bench.size(LANES, least=50)
        messages = edits(lanes, records=lanes, prefix="Q")
        ours.load(messages)
        try:
            found = run_probe(ours, "statements", ours.environment(Crew(processes=1)), seconds=60)
        finally:
            ours.clear()
        count += judge(messages, bench.sink.ledger(), merging=False).wrong
        per_batch.append(found["statements"] / found["batches"])
        per_message.append(found["statements"] / found["delivered"])
        bench.say(
            f"  {found['statements']} statements, {found['batches']} batches, "
            f"{found['lanes'] / found['batches']:.1f} lanes each"
        )
        for kind, times in found["kinds"]:
            bench.log.write(f"{times / found['batches']:6.2f}  {kind}\n".encode())
    return [
        Result.of(f"{TITLE}: for each batch claimed", per_batch, "", Target(most=7)),
        Result.of(f"{TITLE}: for each message", per_message, ""),
        nothing_wrong(TITLE, count),
    ]
