"""The trial itself: a bug that no test notices must not pass for one that is noticed."""

from pathlib import Path

import pytest

from tests.planted_bugs.plant import Edit, OutOfDate, Plant, Witness
from tests.planted_bugs.tree import Tree
from tests.planted_bugs.trial import Colour, Verdict, environment, run_tests

SOUND = "def double(number):\n    return 2 * number\n"
IT_DOUBLES = Witness("test_double.py", "test_it_doubles")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A small project with one test."""
    (tmp_path / "sound" / "tests").mkdir(parents=True)
    (tmp_path / "sound" / "double.py").write_text(SOUND)
    (tmp_path / "sound" / "tests" / "test_double.py").write_text(
        "from double import double\n\n\ndef test_it_doubles():\n    assert double(2) == 4\n"
    )
    return Tree.copy_of(tmp_path / "sound", tmp_path / "copy")


def plant(old: str, new: str) -> Plant:
    return Plant(
        name="a bug",
        rule="It doubles.",
        edits=[Edit("double.py", old, new)],
        noticed_by=IT_DOUBLES,
    )


def run(tree: Tree, witness: Witness = IT_DOUBLES) -> Verdict:
    """Without the plugins that a small project does not need."""
    few = environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTEST_PLUGINS="pytest_timeout")
    return run_tests(tree, [witness], few)


def verdict_on(tree: Tree, bug: Plant) -> Verdict:
    with tree.planted(bug):
        return run(tree)


def test_a_bug_that_a_test_notices_is_red(tree: Tree) -> None:
    verdict = verdict_on(tree, plant("2 * number", "3 * number"))
    assert verdict.colour == Colour.RED
    assert verdict.test == "test_double.py::test_it_doubles"
    assert "assert 6 == 4" in verdict.because


def test_a_bug_that_no_test_notices_is_green(tree: Tree) -> None:
    assert verdict_on(tree, plant("2 * number", "number ** 2")).colour == Colour.GREEN


@pytest.mark.parametrize("new", ["2 *", "nothing"], ids=["no code", "no test can be collected"])
def test_a_bug_that_does_not_run_is_noticed_by_no_test(tree: Tree, new: str) -> None:
    verdict = verdict_on(tree, plant("def double(number):", f"{new}\ndef double(number):"))
    assert verdict.colour == Colour.BROKEN
    assert verdict.because


def test_tests_that_are_not_there_say_nothing(tree: Tree) -> None:
    verdict = run(tree, Witness("test_double.py", "test_it_halves"))
    assert verdict.colour == Colour.BROKEN


def test_a_bug_that_does_not_fit_the_code_is_not_planted(tree: Tree) -> None:
    for absent_or_twice in ("4 * number", "number"):
        with pytest.raises(OutOfDate), tree.planted(plant(absent_or_twice, "0")):
            pass


def test_a_bug_is_gone_after_its_trial(tree: Tree) -> None:
    verdict_on(tree, plant("2 * number", "3 * number"))
    assert (tree.root / "double.py").read_text() == SOUND
    assert run(tree).colour == Colour.GREEN
