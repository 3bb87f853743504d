"""`python -m benchmarks`: measure, keep the results, and write the table.

Exit code 0: measured, whether targets hold or not. 1: a server is missing, or something went wrong
in a run. 130: stopped by Ctrl-C; what was measured by then is kept.
"""

import argparse
import os
import platform
import sys
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from benchmarks.bench import Bench
from benchmarks.processes import ROOT, no_process_left
from benchmarks.report import table, write_report
from benchmarks.results import Result, read_results, replaced, write_results
from benchmarks.sink_process import Sink, running_sink
from benchmarks.stage import NotAvailable, Stage, set_up

PAGE: Final = ROOT / "docs" / "benchmarks.md"
REPETITIONS: Final = 3
#: In the order of the table.
MEASURES: Final = (
    "throughput",
    "after_outage",
    "hot_lanes",
    "batches",
    "latency",
    "backlog",
    "worker_memory",
    "form_edit",
    "bulk_recording",
    "scaling",
    "statements",
)


def main() -> int:
    options = _options()
    console = Console(highlight=False)
    try:
        with (
            no_process_left(),
            set_up() as stage,
            running_sink(stage.folder) as sink,
        ):
            _set_up_django(stage, sink)
            return _measure_all(options, stage, sink, console)
    except NotAvailable as missing:
        console.print(str(missing))
        return 1
    except KeyboardInterrupt:
        console.print("Stopped; what was measured by then is kept.")
        return 130


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help="words of the measures to take")
    parser.add_argument("--scale", type=float, default=1.0, help="of all sizes, such as 0.1")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    return parser.parse_args()


def _set_up_django(stage: Stage, sink: Sink) -> None:
    import django
    from django.core.management import call_command

    # What it pauses and resumes need not be told to whoever watches.
    os.environ.update(stage.environment() | {"ERP_URL": sink.url, "LOG_LEVEL": "ERROR"})
    django.setup()
    call_command("migrate", verbosity=0)


def _measure_all(options: argparse.Namespace, stage: Stage, sink: Sink, console: Console) -> int:
    # After Django is set up: they import models.
    modules = {name: import_module(f"benchmarks.measures.{name}") for name in MEASURES}
    titles = [str(module.TITLE) for module in modules.values()]
    is_full = options.scale == 1 and options.repetitions >= REPETITIONS
    # What is measured at another size is no result: it is kept apart, and not on the page.
    folder = options.build if is_full else options.build / f"bench-at-{options.scale:g}"
    failed = False
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "bench.log").open("ab") as log:
        bench = Bench(
            stage=stage,
            sink=sink,
            log=log,
            scale=options.scale,
            repetitions=options.repetitions,
            say=partial(console.print, soft_wrap=True),
        )
        for name in _chosen(modules, options.only):
            try:
                _measure(bench, modules[name], folder, titles, is_full=is_full)
            except Exception:  # noqa: BLE001  the others can be measured all the same
                console.print(traceback.format_exc(), markup=False)
                failed = True
    return int(failed)


def _measure(
    bench: Bench, module: Any, folder: Path, titles: Sequence[str], *, is_full: bool
) -> None:
    began = time.monotonic()
    bench.say(f"[bold]{module.TITLE}[/]")
    new: list[Result] = module.measure(bench)
    file = folder / "bench.json"
    results = replaced(read_results(file), module.TITLE, new, order=titles)
    write_results(results, file)
    if is_full:
        write_report(results, note=_note(), page=PAGE)
    else:
        (folder / "table.md").write_text(table(results))
    for result in new:
        bench.say(f"{result.measure}  {result.value:,g} {result.unit}  {_judged(result)}")
    bench.say(f"  took {time.monotonic() - began:.0f} s")


def _chosen(modules: dict[str, Any], words: str) -> list[str]:
    """Those whose title or file has all of the words."""
    return [
        name
        for name, module in modules.items()
        if all(word.lower() in f"{module.TITLE} {name}".lower() for word in words.split())
    ]


def _judged(result: Result) -> str:
    if result.holds is None:
        return ""
    return f"{'[green]holds' if result.holds else '[red]does not hold'}: {result.target}[/]"


def _note() -> str:
    return (
        f"Last written {datetime.now(UTC):%Y-%m-%d}, on {os.cpu_count()} cores, "
        f"Python {platform.python_version()}."
    )


if __name__ == "__main__":
    sys.exit(main())
