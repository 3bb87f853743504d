"""The catalogue fits the code: no bug is planted where the code has changed."""

import ast
from collections import Counter

from tests.planted_bugs.__main__ import ROOT
from tests.planted_bugs.catalogue import PLANTS
from tests.planted_bugs.plant import OutOfDate


def test_what_each_bug_replaces_is_there_exactly_once() -> None:
    stale = []
    for plant in PLANTS:
        try:
            plant.texts(ROOT)
        except OutOfDate as error:
            stale.append(f"{plant.name}: {error}")
    assert stale == []


def test_each_bug_is_code_that_can_be_read() -> None:
    for plant in PLANTS:
        for file, text in plant.texts(ROOT).items():
            ast.parse(text, filename=f"{file}, with: {plant.name}")


def test_each_bug_changes_something_and_has_a_name_of_its_own() -> None:
    assert [plant.name for plant in PLANTS if any(e.old == e.new for e in plant.edits)] == []
    assert [
        name for name, times in Counter(plant.name for plant in PLANTS).items() if times > 1
    ] == []


def test_the_tests_that_should_notice_are_there() -> None:
    missing = []
    for witness in {plant.noticed_by for plant in PLANTS}:
        path = ROOT / "tests" / witness.file
        if not path.is_file() or f"\ndef {witness.name}(" not in path.read_text():
            missing.append(str(witness))
    assert missing == []
