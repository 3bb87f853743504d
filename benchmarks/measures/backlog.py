"""Claim time and drain rate while 1,000, 100,000 and 1,000,000 records wait."""

from typing import Final

from benchmarks.backlogs import Backlog, backlog
from benchmarks.bench import Bench, nothing_wrong
from benchmarks.figures import median
from benchmarks.ledger import Arrival
from benchmarks.probe import run_probe
from benchmarks.results import Result, Target

TITLE: Final = "backlog"
SIZES: Final = (1000, 100_000, 1_000_000)
DELAY: Final = 0.005  # seconds
CLAIMS: Final = 30
#: Within a quarter of what it is at the smallest one; better is no fault.
_SLOWER: Final = Target(most=1.25)
_FEWER: Final = Target(least=0.75)


def measure(bench: Bench) -> list[Result]:
    sizes = [bench.size(size, least=200 * (n + 1)) for n, size in enumerate(SIZES)]
    claims: dict[int, list[float]] = {size: [] for size in sizes}
    rates: dict[int, list[float]] = {size: [] for size in sizes}
    with backlog(bench) as waiting:
        for size in sizes:
            for _ in range(bench.repetitions):
                waiting.fill(size)
                claims[size].append(1000 * median(_claim_times(waiting)))
                arrived = waiting.deliver(sizes[0], delay=DELAY)
                rates[size].append(_rate(arrived[: sizes[0]]))
                bench.say(
                    f"  {size:,} waiting: claim {claims[size][-1]:.2f} ms, {rates[size][-1]:,.0f}/s"
                )
        count = waiting.wrong()
    results = [Result.of(f"{TITLE}: claim at {size:,}", claims[size], "ms") for size in sizes]
    results += [
        Result.of(f"{TITLE}: drain at {size:,}", rates[size], "messages/s") for size in sizes
    ]
    for size in sizes[1:]:
        for what, found, target in (("claim", claims, _SLOWER), ("drain", rates, _FEWER)):
            against = [value / median(found[sizes[0]]) for value in found[size]]
            name = f"{TITLE}: {what} at {size:,} against {sizes[0]:,}"
            results.append(Result.of(name, against, "×", target))
    results.append(nothing_wrong(TITLE, count))
    return results


def _claim_times(waiting: Backlog) -> list[float]:
    """Of a claim of as many lanes as a drain of this crew has senders."""
    times: list[float] = run_probe(
        waiting.ours,
        "claims",
        waiting.ours.environment(waiting.crew),
        lanes=waiting.crew.senders,
        count=min(CLAIMS, waiting.waiting // waiting.crew.senders - 3),
    )
    return times


def _rate(arrived: list[Arrival]) -> float:
    return len(arrived) / (arrived[-1].at - arrived[0].at)
