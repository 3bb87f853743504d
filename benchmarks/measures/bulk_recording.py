"""1,000 new records in one transaction, with change log and outbox, against `bulk_create` alone."""

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from benchmarks.bench import Bench
from benchmarks.contenders.base import Crew
from benchmarks.contenders.ours import Ours
from benchmarks.figures import median
from benchmarks.probe import run_probe
from benchmarks.processes import ROOT
from benchmarks.results import Result, Target

TITLE: Final = "bulk recording"
ROWS: Final = 1000
#: Transactions of one repetition.
COUNT: Final = 10
_POSTGRESQL: Final = Target(most=3)
_SQLITE: Final = Target(most=4)


def measure(bench: Bench) -> list[Result]:
    results = []
    for name, target in (("PostgreSQL", _POSTGRESQL), ("SQLite", _SQLITE)):
        found = [_run(bench, name) for _ in range(bench.repetitions)]
        against = [median(one["recorded"]) / median(one["created"]) for one in found]
        results += [
            Result.of(f"{TITLE}: {name}, against bulk_create alone", against, "×", target),
            *(
                Result.of(
                    f"{TITLE}: {name}, {what}",
                    [1e6 * median(one[which]) / bench.size(ROWS) for one in found],
                    "µs/record",
                )
                for which, what in (
                    ("recorded", "recording"),
                    ("created", "bulk_create alone"),
                    ("prepared", "cleaning and comparing before it"),
                )
            ),
        ]
    return results


def _run(bench: Bench, name: str) -> Any:
    ours = Ours(bench.stage, bench.sink.url, bench.log)
    env = ours.environment(Crew())
    file = bench.stage.folder / "bulk.sqlite3"
    if name == "SQLite":
        env |= {"DATABASE_URL": f"sqlite:///{file}", "REDIS_URL": ""}
        _migrate(env)
    try:
        return run_probe(
            ours, "bulk_recording", env, rows=bench.size(ROWS), count=bench.size(COUNT, least=3)
        )
    finally:
        if name == "SQLite":
            _remove(file)
        else:
            ours.clear()
            ours.truncate("customers_customer", "records_change")


def _migrate(env: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, env=env, cwd=ROOT, check=True, start_new_session=True)


def _remove(file: Path) -> None:
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()
