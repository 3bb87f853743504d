"""Memory of a worker while 1,000,000 records wait, against 1,000."""

from typing import Final

from benchmarks.backlogs import Backlog, backlog
from benchmarks.bench import Bench, nothing_wrong
from benchmarks.processes import memory_of
from benchmarks.results import Result, Target

TITLE: Final = "worker memory"
SIZES: Final = (1000, 1_000_000)
DELAY: Final = 0.005  # seconds
#: Messages that are delivered meanwhile, in as many parts as fit into the smaller one.
PARTS: Final = 5
MIB: Final = 1024 * 1024


def measure(bench: Bench) -> list[Result]:
    sizes = [bench.size(size, least=200 * (n + 1)) for n, size in enumerate(SIZES)]
    peaks: dict[int, list[float]] = {size: [] for size in sizes}
    count = 0
    for _ in range(bench.repetitions):
        for size in sizes:  # each in a worker of its own, since memory is not given back
            with backlog(bench) as waiting:
                peaks[size].append(_peak(waiting, size, sizes[0]) / MIB)
                count += waiting.wrong()
            bench.say(f"  {size:,} waiting: {peaks[size][-1]:.1f} MiB")
    small, large = (peaks[size] for size in sizes)
    against = [many / few for few, many in zip(small, large, strict=True)]
    return [
        *(Result.of(f"{TITLE}: at {size:,}", peaks[size], "MiB") for size in sizes),
        Result.of(f"{TITLE}: at {sizes[1]:,} against {sizes[0]:,}", against, "×", Target(most=1.2)),
        nothing_wrong(TITLE, count),
    ]


def _peak(waiting: Backlog, size: int, part: int) -> float:
    """Bytes, at the most, of all its processes together."""
    seen = [0]

    def look() -> None:
        seen.append(memory_of(waiting.ours.processes()))

    for _ in range(PARTS):
        waiting.fill(size)
        waiting.deliver(part, delay=DELAY, meanwhile=look)
        look()
    return max(seen)
