"""The table stands between two marks of a page, whose text stays."""

from pathlib import Path

import pytest

from benchmarks.report import BEGIN, END, NoMarks, table, write_report
from benchmarks.results import Result, Target


def test_a_row_says_whether_its_target_holds() -> None:
    rows = [
        Result.of("a: rate", [1234.4, 1234.6, 1300.0], "messages/s"),
        Result.of("a: ratio", [0.841], "×", Target(least=0.85)),
        Result.of("a: wrong", [0], "", Target(most=0)),
    ]

    assert table(rows).splitlines()[2:] == [
        "| a: rate | 1,235 messages/s |  |  | 3 | 5% |",
        "| a: ratio | 0.841 × | ≥ 0.85 | **no** | 1 |  |",
        "| a: wrong | 0 | ≤ 0 | yes | 1 |  |",
    ]


def test_only_what_is_between_the_marks_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Above\n\n{BEGIN}\nof yesterday\n{END}\n\nBelow\n")

    write_report([Result.of("a: b", [2], "×")], note="Today.", page=page)

    text = page.read_text()
    assert text.startswith(f"# Above\n\n{BEGIN}\nToday.\n\n| Measure |")
    assert text.endswith(f"| a: b | 2 × |  |  | 1 |  |\n{END}\n\nBelow\n")
    assert "yesterday" not in text


@pytest.mark.parametrize("text", ["nothing", BEGIN, END, f"{END}{BEGIN}"])
def test_a_page_without_marks_is_left_alone(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)

    with pytest.raises(NoMarks):
        write_report([], note="", page=page)
    assert page.read_text() == text
