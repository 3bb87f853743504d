"""Results are kept as they come, each measure's rows in place of its former ones."""

import json
from pathlib import Path

import pytest

from benchmarks.results import Result, Target, read_results, replaced, write_results


def result(measure: str, value: float = 1.0) -> Result:
    return Result.of(measure, [value], "×")


def test_a_result_is_the_median_and_says_whether_its_target_holds() -> None:
    found = Result.of("a: b", [0.9, 0.7, 0.8], "×", Target(least=0.85))

    assert (found.value, found.median_of, found.spread) == (0.8, 3, 0.25)
    assert (found.target, found.holds) == ("≥ 0.85", False)


def test_a_result_without_a_target_neither_holds_nor_fails() -> None:
    assert (result("a: b").target, result("a: b").holds) == (None, None)


@pytest.mark.parametrize(
    ("target", "holds", "written"),
    [
        (Target(least=2), True, "≥ 2"),
        (Target(least=2.1), False, "≥ 2.1"),
        (Target(most=2), True, "≤ 2"),
        (Target(most=0), False, "≤ 0"),
        (Target(least=1, most=3), True, "≥ 1, ≤ 3"),
    ],
)
def test_a_target_is_met_at_its_bound(target: Target, holds: bool, written: str) -> None:
    assert target.holds(2) is holds
    assert str(target) == written


def test_the_file_is_a_list_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    write_results([result("a: b")], path)

    assert json.loads(path.read_text()) == [
        {
            "measure": "a: b",
            "value": 1.0,
            "unit": "×",
            "target": None,
            "holds": None,
            "median_of": 1,
            "spread": 0.0,
        }
    ]
    assert read_results(path) == [result("a: b")]


def test_there_are_no_results_before_the_first_run(tmp_path: Path) -> None:
    assert read_results(tmp_path / "bench.json") == []


def test_a_measure_takes_the_place_of_its_own_rows_only() -> None:
    before = [result("one: x"), result("one: y"), result("one more: x")]

    after = replaced(before, "one", [result("one: z", 2)], order=["one more", "one"])

    assert after == [result("one more: x"), result("one: z", 2)]
