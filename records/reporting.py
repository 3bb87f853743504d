"""Reporting: how far a command has come, as bars on a terminal and as lines elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, Final, cast

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from outbox.clock import elapsed

#: Name, done, total.
Step = tuple[str, int, int]
Report = Callable[[Sequence[Step]], None]

LINE_EVERY: Final = 5.0  # seconds


@contextmanager
def reporter(out: OutputWrapper | None) -> Iterator[Report]:
    """What to call every now and then with the steps so far. Without `out` it says nothing."""
    if out is None:
        yield lambda steps: None
    elif out.isatty():
        with _bars(out) as report:
            yield report
    else:
        yield _Lines(out)


@contextmanager
def _bars(out: OutputWrapper) -> Iterator[Report]:
    console = Console(file=cast(IO[str], out._out))
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, Any] = {}

        def report(steps: Sequence[Step]) -> None:
            for name, done, total in steps:
                if name not in tasks:
                    tasks[name] = progress.add_task(name, total=total)
                progress.update(tasks[name], completed=done, total=total)

        yield report


class _Lines:
    def __init__(self, out: OutputWrapper) -> None:
        self._out = out
        self._next_at = elapsed() + LINE_EVERY

    def __call__(self, steps: Sequence[Step]) -> None:
        if elapsed() >= self._next_at:
            self._next_at = elapsed() + LINE_EVERY
            name, done, total = steps[-1]
            self._out.write(f"{name}: {done:,} of {total:,}")
