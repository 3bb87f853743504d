"""`python -m tests.planted_bugs`: plant each bug, and see which test notices.

Exit code 1 where one is noticed by none, or cannot be planted. On SQLite; what shows on PostgreSQL
only is tried where DATABASE_URL names one that answers.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import Final

from tests.planted_bugs.catalogue import PLANTS
from tests.planted_bugs.plant import OutOfDate, Plant, Witness
from tests.planted_bugs.tree import Tree
from tests.planted_bugs.trial import Colour, Verdict, environment, run_tests

ROOT: Final = Path(__file__).parents[2]


class Bench:
    """A copy of the tree with its own database; one trial at a time."""

    #: There is one test database on the server.
    _postgresql = Lock()

    def __init__(self, folder: Path) -> None:
        self.tree = Tree.copy_of(ROOT, folder)
        self._database = folder / "var" / "test.sqlite3"
        self._template = folder / "var" / "template.sqlite3"

    def control(self, witnesses: Iterable[Witness]) -> Verdict:
        """Without a bug; makes the database that trials start from."""
        verdict = self._on_sqlite(witnesses, "--create-db")
        if self._database.exists():  # some witnesses use none
            shutil.copyfile(self._database, self._template)
        return verdict

    def control_postgresql(self, witnesses: Iterable[Witness]) -> Verdict:
        return self._on_postgresql(witnesses)

    def trial(self, plant: Plant) -> Verdict:
        try:
            with self.tree.planted(plant):
                if plant.needs_postgresql:
                    return self._on_postgresql([plant.noticed_by])
                if self._template.exists():
                    shutil.copyfile(self._template, self._database)
                return self._on_sqlite([plant.noticed_by], "--nomigrations")
        except OutOfDate as error:
            return Verdict(colour=Colour.BROKEN, because=str(error))

    def _on_sqlite(self, witnesses: Iterable[Witness], *options: str) -> Verdict:
        env = environment(TEST_SQLITE=str(self._database))
        return run_tests(self.tree, witnesses, env, "--reuse-db", *options)

    def _on_postgresql(self, witnesses: Iterable[Witness]) -> Verdict:
        url = os.environ.get("DATABASE_URL", "")
        if not url.startswith("postgres"):
            return Verdict(colour=Colour.SKIPPED, because="DATABASE_URL names no PostgreSQL")
        with self._postgresql:
            return run_tests(self.tree, witnesses, environment(DATABASE_URL=url), "--create-db")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.planted_bugs", description=__doc__)
    parser.add_argument("words", nargs="*", help="only plants whose names have one of these")
    parser.add_argument("--jobs", type=int, default=2, help="trials side by side; default 2")
    parser.add_argument("--why", action="store_true", help="show how each test failed")
    parser.add_argument("--list", action="store_true", help="show the bugs, and plant none")
    options = parser.parse_args()
    plants = [plant for plant in PLANTS if _is_asked_for(plant, options.words)]
    if options.list:
        for plant in plants:
            print(f"{plant.name}\n    {plant.rule}")
        return 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="planted-bugs-") as folder:
        benches = [Bench(Path(folder) / str(number)) for number in range(options.jobs)]
        noticed = _controls_pass(benches, plants) and _try_all(benches, plants, why=options.why)
    print(f"{len(plants)} bugs in {time.monotonic() - started:.0f} s")
    return 0 if noticed else 1


def _is_asked_for(plant: Plant, words: Sequence[str]) -> bool:
    return not words or any(word in plant.name for word in words)


def _controls_pass(benches: Sequence[Bench], plants: Sequence[Plant]) -> bool:
    """A test that fails without a bug shows nothing."""
    by_database = {
        postgresql: sorted(
            {plant.noticed_by for plant in plants if plant.needs_postgresql is postgresql},
            key=str,
        )
        for postgresql in (False, True)
    }
    verdicts: list[Verdict] = []
    if ours := by_database[False]:
        shares = [ours[n :: len(benches)] or ours for n in range(len(benches))]
        with ThreadPoolExecutor(len(benches)) as pool:
            verdicts += pool.map(Bench.control, benches, shares)
    if by_database[True]:
        verdicts.append(benches[0].control_postgresql(by_database[True]))
    wrong = [one for one in verdicts if one.colour in (Colour.RED, Colour.BROKEN)]
    for verdict in wrong:
        print(f"Without any bug: {verdict.colour} {verdict.test} {verdict.because}")
    return not wrong


def _try_all(benches: Sequence[Bench], plants: Sequence[Plant], *, why: bool) -> bool:
    """One line for each plant; false where one is not noticed."""
    free = SimpleQueue[Bench]()
    for bench in benches:
        free.put(bench)

    def try_one(plant: Plant) -> tuple[Plant, Verdict, float]:
        bench = free.get()
        started = time.monotonic()
        try:
            return plant, bench.trial(plant), time.monotonic() - started
        finally:
            free.put(bench)

    width = max(len(plant.name) for plant in plants)
    noticed = True
    with ThreadPoolExecutor(len(benches)) as pool:
        for plant, verdict, seconds in pool.map(try_one, plants):
            noticed &= verdict.colour in (Colour.RED, Colour.SKIPPED)
            by = verdict.test if verdict.colour == Colour.RED else _loud(verdict)
            print(f"{plant.name:{width}}  {seconds:5.1f} s  {by}", flush=True)
            if why:
                print(f"{'':{width}}           {verdict.because.strip()}", flush=True)
    return noticed


def _loud(verdict: Verdict) -> str:
    return f"{verdict.colour.upper()} {verdict.test} {verdict.because}".strip()


if __name__ == "__main__":
    sys.exit(main())
