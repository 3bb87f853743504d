"""The watch: looks at the outbox twice a second, and tells how it is getting on."""

import threading
from collections import defaultdict
from datetime import datetime
from typing import Final

from django.db import connection

from outbox.destinations import state_of
from outbox.models import Lane, Message
from tests.soak.operators import DESTINATION
from tests.soak.scene import now, patiently

LOOK_EVERY: Final = 0.5  # seconds

Span = tuple[datetime, datetime]


class Watch:
    def __init__(self) -> None:
        #: When nothing could arrive since a person had to do something first: at all, and by lane.
        self.paused: list[Span] = []
        self.blocked: dict[int, list[Span]] = defaultdict(list)
        #: The most messages that waited at once.
        self.longest_backlog = 0
        #: Messages that were seen dead.
        self.died: set[str] = set()
        self._seen_at = now()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.wait(LOOK_EVERY):
                patiently(self._look)
        finally:
            connection.close()

    def _look(self) -> None:
        waiting = Message.objects.pending().count()
        is_paused = state_of(DESTINATION).is_paused
        blocked = list(Lane.objects.filter(blocked_by__isnull=False).values_list("pk", flat=True))
        self.died |= {str(pk) for pk in Message.objects.dead().values_list("pk", flat=True)}
        self.longest_backlog = max(self.longest_backlog, waiting)
        # It may have begun right after the last look.
        seen_at, self._seen_at = self._seen_at, now()
        if is_paused:
            _extend(self.paused, (seen_at, self._seen_at))
        for lane_id in blocked:
            _extend(self.blocked[lane_id], (seen_at, self._seen_at))


def _extend(spans: list[Span], span: Span) -> None:
    if spans and spans[-1][1] >= span[0]:
        spans[-1] = (spans[-1][0], span[1])
    else:
        spans.append(span)


def seconds_outside(begin: datetime, end: datetime, spans: list[Span]) -> float:
    """How much of a time lies in none of these, which are in the order of their beginnings."""
    outside, reached = 0.0, begin
    for began, ended in spans:
        if began >= end:
            break
        outside += max(0.0, (began - reached).total_seconds())
        reached = max(reached, ended)
    return outside + max(0.0, (end - reached).total_seconds())


def merged(*groups: list[Span]) -> list[Span]:
    """In the order of their beginnings, none touching another."""
    spans: list[Span] = []
    for began, ended in sorted(span for group in groups for span in group):
        if spans and began <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], ended))
        else:
            spans.append((began, ended))
    return spans
