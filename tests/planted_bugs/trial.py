"""A trial: run some tests in a copy of the tree, up to the first that fails."""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from tests.planted_bugs.plant import Witness
from tests.planted_bugs.tree import Tree

#: Seconds for all tests of a trial; a single one may take less (see `_OPTIONS`).
PATIENCE: Final = 300
_OPTIONS: Final = (
    *("-x", "-q", "--tb", "line", "--timeout", "60"),
    # No test here needs hypothesis, whose plugin takes as long to load as most of them to run.
    *("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"),
)


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"
    BROKEN = "broken"  # no test came to a verdict: the code does not even run
    SKIPPED = "skipped"  # a server that it needs does not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    colour: Colour
    #: The test that failed; "" where none did.
    test: str = ""
    #: How it failed, or why nothing can be said.
    because: str = ""


def environment(**added: str) -> dict[str, str]:
    """Of this process, without what would direct the tests elsewhere."""
    ours = ("PYTEST_", "DATABASE_URL", "REDIS_URL", "TEST_SQLITE", "DJANGO_SETTINGS_MODULE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | added


def run_tests(
    tree: Tree, witnesses: Iterable[Witness], env: Mapping[str, str], *options: str
) -> Verdict:
    report = tree.root / "var" / "report.xml"
    report.unlink(missing_ok=True)
    paths = [f"tests/{witness}" for witness in witnesses]
    command = [sys.executable, "-m", "pytest", *_OPTIONS, *options, f"--junit-xml={report}", *paths]
    try:
        ended = subprocess.run(
            command,
            cwd=tree.root,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Verdict(colour=Colour.BROKEN, because=f"not done within {PATIENCE} s")
    return _verdict(report) or Verdict(colour=Colour.BROKEN, because=ended.stdout[-2000:])


def _verdict(report: Path) -> Verdict | None:
    """None where the report says of no test how it went."""
    if not report.exists():
        return None
    cases = list(ElementTree.parse(report).iter("testcase"))
    for colour, tag in ((Colour.RED, "failure"), (Colour.BROKEN, "error")):
        for case in cases:
            if (what := case.find(tag)) is not None:
                return Verdict(colour=colour, test=_name(case), because=what.get("message", ""))
    skipped = [what for case in cases if (what := case.find("skipped")) is not None]
    if not cases:
        return None
    if len(skipped) == len(cases):
        return Verdict(colour=Colour.SKIPPED, because=skipped[0].get("message", ""))
    return Verdict(colour=Colour.GREEN)


def _name(case: ElementTree.Element) -> str:
    file = case.get("classname", "").removeprefix("tests.").replace(".", "/")
    return f"{file}.py::{case.get('name')}"
