"""Form edits at a steady pace beside other work, and how long each of them takes."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from outbox.models import Message
from records.context import Source
from tests.processes.staff import Staff

#: Seconds between two edits.
EVERY = 1.0


@dataclass
class FormEdits:
    staff: Staff
    #: The edit pages of the records that are changed in turn.
    pages: Sequence[str]
    #: Seconds that each save took, from the click to the page that says so.
    saves: list[float] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        started = time.monotonic()
        while not stop.wait(max(0.0, started + EVERY * len(self.saves) - time.monotonic())):
            self._edit(len(self.saves))

    def _edit(self, number: int) -> None:
        page = self.pages[number % len(self.pages)]
        values = self.staff.form_of(page)
        started = time.monotonic()
        self.staff.send(page, values | {"city": f"City {number}"})
        self.saves.append(time.monotonic() - started)


@contextmanager
def form_edits(staff: Staff, pages: Sequence[str]) -> Iterator[FormEdits]:
    edits, stop = FormEdits(staff, pages), threading.Event()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            edits.run(stop)
        except BaseException as error:  # noqa: BLE001  raised below, in the test's thread
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield edits
    finally:
        stop.set()
        thread.join(60)
    if failures:
        raise failures[0]


def arrivals() -> list[float]:
    """Seconds from each form edit's commit to its acknowledgement."""
    of_forms = Message.objects.filter(source=Source.FORM, ended_at__isnull=False)
    times = of_forms.values_list("created_at", "ended_at")
    return [(ended - created).total_seconds() for created, ended in times if ended]


def percentile(values: Sequence[float], per_cent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * per_cent / 100))]
