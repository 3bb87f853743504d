"""From commit to arrival at 50 edits a second, against one bare request with the same body."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from benchmarks.bench import Bench, nothing_wrong
from benchmarks.contenders.base import Crew
from benchmarks.contenders.ours import Ours
from benchmarks.figures import percentile
from benchmarks.ledger import Verdict, judge
from benchmarks.probe import run_probe
from benchmarks.results import Result, Target
from benchmarks.workload import Message

TITLE: Final = "commit to arrival"
PER_SECOND: Final = 50
EDITS: Final = 1500
RECORDS: Final = 300
DELAY: Final = 0.005  # seconds

#: By broker: how much later than a bare request, in milliseconds; half of them, and 99 of 100.
TARGETS: Final[Mapping[str, tuple[Target, Target]]] = {
    "Redis broker": (Target(most=30), Target(most=150)),
    "ORM broker": (Target(most=200), Target(most=400)),
}


def measure(bench: Bench) -> list[Result]:
    runs: dict[str, list[_Latencies]] = {broker: [] for broker in TARGETS}
    for _ in range(bench.repetitions):
        for broker, done in runs.items():
            done.append(_run(bench, Crew(redis=broker.startswith("Redis"))))
            bench.say(f"  {broker}: {done[-1]}")
    every = [run for done in runs.values() for run in done]
    results = []
    for broker, done in runs.items():
        for per_cent, target in zip((50, 99), TARGETS[broker], strict=True):
            values = [run.later(per_cent) for run in done]
            results.append(Result.of(f"{TITLE}: {broker}, p{per_cent} later", values, "ms", target))
    bare = [percentile(run.bare, 50) for run in every]
    results.append(Result.of(f"{TITLE}: a bare request, p50", bare, "ms"))
    results.append(nothing_wrong(TITLE, sum(run.verdict.wrong for run in every)))
    return results


class _Latencies:
    """In milliseconds."""

    def __init__(self, edits: Sequence[float], bare: Sequence[float], verdict: Verdict) -> None:
        self.edits, self.bare, self.verdict = edits, bare, verdict

    def later(self, per_cent: float) -> float:
        """Than a bare request."""
        return percentile(self.edits, per_cent) - percentile(self.bare, per_cent)

    def __str__(self) -> str:
        ours, bare = (
            ", ".join(f"p{per_cent} {percentile(values, per_cent):.1f}" for per_cent in (50, 99))
            for values in (self.edits, self.bare)
        )
        return f"{ours}; bare {bare} ms"


def _run(bench: Bench, crew: Crew) -> _Latencies:
    ours = Ours(bench.stage, bench.sink.url, bench.log)
    bench.sink.reset(delay=DELAY)
    try:
        ours.start(crew)
        found = run_probe(
            ours,
            "paced_edits",
            ours.environment(crew),
            count=bench.size(EDITS, least=50),
            records=bench.size(RECORDS, least=50),
            per_second=PER_SECOND,
            url=bench.sink.url,
        )
    finally:
        ours.stop()
        ours.clear()
        ours.truncate("customers_customer", "records_change")
        ours.truncate("django_q_ormq")
    edits = [(_message(told), at) for told, at in found["edits"]]
    sent = [_message(told) for told in found["created"]] + [message for message, _ in edits]
    ledger = bench.sink.ledger()
    arrived = {arrival.idempotency_key: arrival.at for arrival in ledger}
    bare = [1000 * (arrived[key] - at) for key, at in found["bare"]]
    ours_alone = [row for row in ledger if not row.idempotency_key.startswith("bare-")]
    return _Latencies(
        [
            1000 * (arrived[message.idempotency_key] - at)
            for message, at in edits
            if message.idempotency_key in arrived
        ],
        bare,
        judge(sent, ours_alone, merging=crew.merge),
    )


def _message(told: dict[str, Any]) -> Message:
    return Message(
        id=UUID(told["id"]), key=told["key"], sequence=told["sequence"], payload=told["payload"]
    )
