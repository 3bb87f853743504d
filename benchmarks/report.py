"""The results as a Markdown table, between two marks of a page."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from benchmarks.results import Result

BEGIN: Final = "<!-- results: written by `make bench` -->"
END: Final = "<!-- end of results -->"

_HEAD: Final = (
    "| Measure | Value | Target | Holds | Median of | Spread |\n|---|--:|--:|---|--:|--:|\n"
)


class NoMarks(Exception):
    """The page has not both marks, or has them the wrong way round."""


def table(results: Iterable[Result]) -> str:
    return _HEAD + "".join(_row(result) for result in results)


def write_report(results: Iterable[Result], *, note: str, page: Path) -> None:
    """`note`: a line above the table. Raises NoMarks."""
    text = page.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise NoMarks(f"{page} needs {BEGIN} and, behind it, {END}.")
    page.write_text(f"{before}{BEGIN}\n{note}\n\n{table(results)}{END}{after}")


def _row(result: Result) -> str:
    holds = {None: "", True: "yes", False: "**no**"}[result.holds]
    cells = (
        result.measure,
        f"{_number(result.value)} {result.unit}".strip(),
        result.target or "",
        holds,
        str(result.median_of),
        f"{result.spread:.0%}" if result.median_of > 1 else "",
    )
    return "| " + " | ".join(cells) + " |\n"


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
