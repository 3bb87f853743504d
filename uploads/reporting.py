"""Reporting: how far an upload has come, as a bar on a terminal and as lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, Final, cast

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from outbox.clock import elapsed
from uploads.models import State, Upload

Report = Callable[[Upload], None]

LINE_EVERY: Final = 5.0  # seconds


@contextmanager
def reporter(out: OutputWrapper | None) -> Iterator[Report]:
    """What to call with the upload every now and then. Without `out` it says nothing."""
    if out is None:
        yield lambda upload: None
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

        def report(upload: Upload) -> None:
            for name, done, total in _steps(upload):
                if name not in tasks:
                    tasks[name] = progress.add_task(name, total=total)
                progress.update(tasks[name], completed=done, total=total)

        yield report


class _Lines:
    def __init__(self, out: OutputWrapper) -> None:
        self._out = out
        self._next_at = elapsed() + LINE_EVERY

    def __call__(self, upload: Upload) -> None:
        if elapsed() >= self._next_at:
            self._next_at = elapsed() + LINE_EVERY
            name, done, total = _steps(upload)[-1]
            self._out.write(f"{name}: {done:,} of {total:,}")


def _steps(upload: Upload) -> list[tuple[str, int, int]]:
    """Name, done, total."""
    is_checking = upload.state == State.CHECKING
    steps = [("Checked, KB", upload.bytes_read // 1024, upload.size // 1024)]
    if not is_checking and not upload.needs_confirmation:
        steps.append(("Saved, rows", upload.passed, upload.to_save))
    return steps
