"""`python -m tests.soak`: edit and break things at random, then count what went wrong.

Exit code 0: nothing was wrong. 1: something was; the seed is said. 130: stopped by Ctrl-C.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.soak.databases import NotAvailable, throw_away
from tests.soak.orphans import adopt_orphans, end_all_children, stop_on_signals

ROOT = Path(__file__).resolve().parents[2]
DATABASES = ("sqlite", "postgresql")
#: Seconds that a soak may take beside the minutes: to start, to heal, to judge, to stop.
BESIDE = 420


def main() -> int:
    options = _options()
    adopt_orphans()
    stop_on_signals()
    chosen = DATABASES if options.database == "both" else (options.database,)
    results: dict[str, dict[str, Any]] = {}
    console = Console()
    console.print(f"seed {options.seed}, {options.minutes:g} minutes on each database")
    for database in chosen:
        try:
            results[database] = _soak(database, options)
        except NotAvailable as missing:
            console.print(f"{database} is skipped: {missing}")
        except KeyboardInterrupt:
            console.print("Stopped.")
            return 130
    _write(options, results)
    if results:
        console.print(_table(results))
    wrong = [database for database, result in results.items() if result["wrong"]]
    for database in wrong:
        again = f"make soak MINUTES={options.minutes:g} SEED={options.seed} DATABASE={database}"
        kept = options.build / "soak" / database
        console.print(f"[red]{database} went wrong.[/] Replay: {again}\nKept in {kept}")
        console.print_json(data=results[database].get("findings", {}))
    return int(bool(wrong))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    parser.add_argument("--database", choices=("both", *DATABASES), default="both")
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    return parser.parse_args()


def _soak(database: str, options: argparse.Namespace) -> dict[str, Any]:
    """Raises NotAvailable and KeyboardInterrupt; no process is left in any case."""
    folder = options.build / "soak" / database
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with throw_away(database, folder) as env:
        command = [
            *(sys.executable, "-m", "tests.soak.start", "run", "--folder", str(folder)),
            *("--minutes", str(options.minutes), "--seed", str(options.seed)),
        ]
        # In a session of its own: a Ctrl-C in the terminal reaches us, and nobody that is broken.
        process = subprocess.Popen(command, env=os.environ | env, cwd=ROOT, start_new_session=True)
        try:
            code = process.wait(options.minutes * 60 + BESIDE)
        except subprocess.TimeoutExpired:
            return {"wrong": True, "findings": {"broken": ["It did not end in time."]}}
        except KeyboardInterrupt:
            process.terminate()
            process.wait(60)
            raise
        finally:
            end_all_children()
    try:
        result: dict[str, Any] = json.loads((folder / "result.json").read_text())
    except FileNotFoundError:
        return {"wrong": True, "findings": {"broken": [f"It ended with exit code {code}."]}}
    return result


def _write(options: argparse.Namespace, results: Mapping[str, Any]) -> None:
    path = options.build / "soak.json"
    said = {"seed": options.seed, "minutes": options.minutes, "databases": results}
    path.write_text(json.dumps(said, indent=1))


def _table(results: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table("", *results, title="Soak")
    rows = dict.fromkeys(name for result in results.values() for name in result.get("numbers", {}))
    for name in rows:
        cells = (result.get("numbers", {}).get(name, "") for result in results.values())
        table.add_row(name, *(f"{cell:,}" if cell != "" else "" for cell in cells))
    table.add_section()
    wrong = dict.fromkeys(
        name for result in results.values() for name in result["findings"].get("counts", {})
    )
    for name in wrong:
        counts = [result["findings"].get("counts", {}).get(name, "") for result in results.values()]
        table.add_row(name, *(f"[red]{count}[/]" if count else str(count) for count in counts))
    return table


if __name__ == "__main__":
    sys.exit(main())
