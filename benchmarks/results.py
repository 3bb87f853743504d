"""Results: rows with a value and, where there is one, a target; kept in a JSON file."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from benchmarks.figures import median, spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a value is to be: at least so much, or at most."""

    least: float | None = None
    most: float | None = None

    def holds(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )

    def __str__(self) -> str:
        bounds = []
        if self.least is not None:
            bounds.append(f"≥ {self.least:g}")
        if self.most is not None:
            bounds.append(f"≤ {self.most:g}")
        return ", ".join(bounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One row; the names are those of the file."""

    #: Begins with the title of the measure.
    measure: str
    value: float
    unit: str
    #: As it is written, such as "≥ 0.85"; None for a value that is only told.
    target: str | None
    holds: bool | None
    #: Repetitions.
    median_of: int
    #: Largest less smallest repetition, over the median.
    spread: float

    @classmethod
    def of(
        cls, measure: str, values: Sequence[float], unit: str, target: Target | None = None
    ) -> Self:
        """From the values of all repetitions."""
        middle = median(values)
        return cls(
            measure=measure,
            value=round(middle, 4),
            unit=unit,
            target=None if target is None else str(target),
            holds=None if target is None else target.holds(middle),
            median_of=len(values),
            spread=round(spread(values), 3),
        )


def read_results(path: Path) -> list[Result]:
    """Empty where nothing has been measured yet."""
    if not path.exists():
        return []
    rows: list[dict[str, Any]] = json.loads(path.read_text())
    return [Result(**row) for row in rows]


def write_results(results: Iterable[Result], path: Path) -> None:
    rows = [asdict(result) for result in results]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def replaced(
    results: Sequence[Result], title: str, new: Sequence[Result], *, order: Sequence[str]
) -> list[Result]:
    """The results with those of one measure anew, in the order of all measures' titles."""
    kept = [result for result in results if not is_of(result, title)]

    def place(result: Result) -> int:
        return next((n for n, title in enumerate(order) if is_of(result, title)), len(order))

    return sorted([*kept, *new], key=place)  # stable: rows of one measure keep their order


def is_of(result: Result, title: str) -> bool:
    return result.measure.startswith(f"{title}: ")
