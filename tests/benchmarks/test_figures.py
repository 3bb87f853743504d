"""Figures of repeated measurements."""

import pytest

from benchmarks.figures import percentile, spread


def test_the_spread_is_relative_to_the_median() -> None:
    assert spread([90, 100, 130]) == pytest.approx(0.4)


def test_one_repetition_has_no_spread() -> None:
    assert spread([5]) == 0


def test_a_spread_of_nothing_but_zeros_is_none() -> None:
    assert spread([0, 0]) == 0


@pytest.mark.parametrize(("per_cent", "value"), [(50, 50), (99, 99), (100, 100), (0, 1), (0.5, 1)])
def test_a_percentile_is_a_value_that_was_measured(per_cent: float, value: float) -> None:
    assert percentile(list(range(100, 0, -1)), per_cent) == value
