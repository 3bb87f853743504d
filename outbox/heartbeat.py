"""Signs of life: which drains run, so that they share workers and a dead cluster shows."""

import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import QuerySet

from outbox.clock import DatabaseNow, database_now_in, elapsed
from outbox.conf import destination_names
from outbox.models import Drain, Worker

logger = logging.getLogger(__name__)

BEAT_EVERY = 2.0  # seconds
#: A drain without a beat for so long is taken for dead.
FRESH_FOR = 30.0
#: A worker that is not heard of stays listed for so long, so that operators see that it is gone.
REMEMBERED_FOR = 86400.0


def this_worker() -> uuid.UUID | None:
    """The `run_worker` process that this one belongs to; it hands its id to its children."""
    raw = os.environ.get("OUTBOX_WORKER_ID")
    return uuid.UUID(raw) if raw else None


def told_to_stop() -> bool:
    """Whether the worker that this process belongs to has been told to stop."""
    worker = this_worker()
    return worker is not None and Worker.objects.filter(pk=worker, stopping=True).exists()


@dataclass(slots=True)
class Pulse:
    """The heartbeat of one drain."""

    drain_id: int
    stopping: bool = False
    _last: float = field(default_factory=elapsed)

    def beat(self) -> None:
        """At most every BEAT_EVERY seconds; learns whether the worker has been told to stop."""
        if elapsed() - self._last < BEAT_EVERY:
            return
        self._last = elapsed()
        Drain.objects.filter(pk=self.drain_id).update(beat_at=DatabaseNow())
        _sign_of_life()
        self.stopping = told_to_stop()


@contextmanager
def drain_slot(destination: str) -> Iterator[Pulse | None]:
    """A place among the drains of this worker; None where the destination has its share of them.

    However many wake-ups there are, one slow destination never holds every process. There are no
    places in a worker that has been told to stop: it is given little time to end.
    """
    _sign_of_life()
    if told_to_stop():
        yield None
        return
    worker = this_worker()
    running = [drain for drain in drains_of(worker) if _is_alive(drain)]
    if sum(drain.destination == destination for drain in running) >= drains_per_destination():
        yield None
        return
    drain = Drain.objects.create(
        destination=destination,
        worker_id=worker,
        pid=os.getpid(),
        started_at=DatabaseNow(),
        beat_at=DatabaseNow(),
    )
    try:
        yield Pulse(drain.pk)
    finally:
        try:
            Drain.objects.filter(pk=drain.pk).delete()
        except DatabaseError as error:
            logger.warning("The heartbeat of a drain is left behind: %s", error)


def drains_of(worker: uuid.UUID | None) -> QuerySet[Drain]:
    """The drains that run in this worker now."""
    return Drain.objects.filter(worker_id=worker, beat_at__gt=database_now_in(-FRESH_FOR))


def is_drained(destination: str) -> bool:
    """Whether a drain of it, of whatever worker, has shown a sign of life just now."""
    just_now = database_now_in(-5 * BEAT_EVERY)
    return Drain.objects.filter(destination=destination, beat_at__gt=just_now).exists()


def forget_drains_of(worker: uuid.UUID) -> None:
    """All of its processes are gone."""
    try:
        Drain.objects.filter(worker_id=worker).delete()
    except DatabaseError as error:
        logger.warning("The places of dead drains stay taken for a while: %s", error)


def drained_at(worker: uuid.UUID) -> datetime | None:
    """The last sign of life of one of its drains."""
    return Worker.objects.filter(pk=worker).values_list("drained_at", flat=True).first()


def drains_per_destination() -> int:
    if connection.vendor == "sqlite":
        return 1  # there is one writer at a time: two would wait for each other, and forms for both
    return max(1, int(settings.WORKERS) // len(destination_names()))


def _is_alive(drain: Drain) -> bool:
    """All drains of one worker run on one host."""
    try:
        os.kill(drain.pid, 0)
    except ProcessLookupError:
        Drain.objects.filter(pk=drain.pk).delete()
        return False
    except PermissionError:
        pass  # somebody else's, so it is there
    return True


def _sign_of_life() -> None:
    worker = this_worker()
    if worker is not None:
        Worker.objects.filter(pk=worker).update(drained_at=DatabaseNow())


def forget_the_dead() -> None:
    """Remove the rows that drains and workers left behind when they died."""
    Drain.objects.filter(beat_at__lt=database_now_in(-10 * FRESH_FOR)).delete()
    Worker.objects.filter(seen_at__lt=database_now_in(-REMEMBERED_FOR)).delete()
