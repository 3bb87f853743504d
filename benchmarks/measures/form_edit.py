"""A form edit with change log and outbox, against the same `save()` without."""

from typing import Final

from benchmarks.bench import Bench
from benchmarks.contenders.base import Crew
from benchmarks.contenders.ours import Ours
from benchmarks.figures import median
from benchmarks.probe import run_probe
from benchmarks.results import Result, Target

TITLE: Final = "form edit"
#: Edits of each kind in one repetition.
COUNT: Final = 300


def measure(bench: Bench) -> list[Result]:
    found = []
    for _ in range(bench.repetitions):
        ours = Ours(bench.stage, bench.sink.url, bench.log)
        env = ours.environment(Crew()) | {
            "DEBUG": "true",  # nobody has collected static files
            "ALLOWED_HOSTS": "testserver",
        }
        try:
            times = run_probe(ours, "form_edits", env, count=bench.size(COUNT))
        finally:
            ours.clear()
            ours.truncate("customers_customer", "records_change", "auth_user")
        found.append({kind: 1000 * median(values) for kind, values in times.items()})
        bench.say("  " + ", ".join(f"{kind} {value:.2f} ms" for kind, value in found[-1].items()))

    def against(kind: str, base: str) -> list[float]:
        return [one[kind] / one[base] for one in found]

    return [
        Result.of(f"{TITLE}: in the database", against("edit", "save"), "×", Target(most=2.2)),
        Result.of(
            f"{TITLE}: whole HTTP request",
            against("request", "request with save"),
            "×",
            Target(most=1.2),
        ),
        *(
            Result.of(f"{TITLE}: {what}", [one[kind] for one in found], "ms")
            for kind, what in (
                ("edit", "the edit"),
                ("save", "save() alone"),
                ("request", "the request"),
                ("request with save", "the request with save() alone"),
            )
        ),
    ]
