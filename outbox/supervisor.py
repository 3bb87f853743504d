"""The supervisor: runs the cluster, sweeps for due lanes, and restarts a cluster that is wedged.

A django-q2 worker that is killed while idle holds the lock of the queue: the cluster looks alive
and runs nothing. So life is judged by the drains' heartbeats in the database, not by the process.
"""

import logging
import os
import signal
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, connections

from outbox.clock import DatabaseNow, database_now, elapsed
from outbox.cluster import Cluster
from outbox.conf import destination, destination_names, outbox_conf
from outbox.heartbeat import drains_of, forget_drains_of, forget_the_dead
from outbox.models import Worker
from outbox.signals import announce_again
from outbox.sweeping import overdue_since, sweep

logger = logging.getLogger(__name__)

TICK = 0.5  # seconds
SHORT_LIFE = 10.0
LONGEST_PAUSE = 30.0  # before a cluster that ends at once is started again
SETTLE_MARGIN = 5.0  # seconds that a stopping cluster gets beyond its last request


@dataclass(slots=True)
class Duty:
    """Something to do every so many seconds."""

    every: float
    do: Callable[[], None]
    next_at: float = 0.0

    def run_if_due(self) -> None:
        if elapsed() >= self.next_at:
            self.next_at = elapsed() + self.every
            self.do()


class Supervisor:
    def __init__(self) -> None:
        self._conf = outbox_conf()
        self._worker_id = uuid.uuid4()
        self._cluster = Cluster(self._worker_id)
        self._stop = threading.Event()
        self._start_at: float | None = None
        self._pause = 0.0
        self._duties = [
            Duty(self._conf.sweep, sweep),
            Duty(2.0, self._restart_if_wedged),
            Duty(5.0, self._sign_of_life),
            Duty(5.0, announce_again),
            Duty(60.0, forget_the_dead),
        ]

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; then stop the cluster and return."""
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, lambda *_: self._stop.set())
        self._register()
        self._cluster.start()
        try:
            while not self._stop.wait(TICK):
                self._tick()
        finally:
            self._shut_down()

    def _tick(self) -> None:
        if self._cluster.has_exited():
            self._start_again()
        try:
            for duty in self._duties:
                duty.run_if_due()
        except DatabaseError as error:
            logger.error("The database does not answer: %s", error)
            connections.close_all()

    def _sign_of_life(self) -> None:
        if not Worker.objects.filter(pk=self._worker_id).update(seen_at=DatabaseNow()):
            self._register()  # somebody emptied the table

    def _restart_if_wedged(self) -> None:
        if self._is_wedged():
            logger.error("Work is overdue and the cluster shows no sign of life: killing it.")
            # It runs nothing, so there is nothing to wait for.
            self._cluster.kill()

    def _is_wedged(self) -> bool:
        patience = self._conf.wedged_after
        if self._cluster.age < patience:
            return False
        now, overdue = database_now(), overdue_since()
        if overdue is None or (now - overdue).total_seconds() < patience:
            return False
        drained_at = self._drained_at()
        return drained_at is None or (now - drained_at).total_seconds() >= patience

    def _drained_at(self) -> datetime | None:
        return (
            Worker.objects.filter(pk=self._worker_id).values_list("drained_at", flat=True).first()
        )

    def _start_again(self) -> None:
        if self._start_at is None:
            # One that ends as soon as it is started is not started ever faster.
            lived = self._cluster.age > SHORT_LIFE
            self._pause = 0.0 if lived else min(LONGEST_PAUSE, max(1.0, 2 * self._pause))
            self._start_at = elapsed() + self._pause
            logger.error("The cluster has ended; starting another in %g s.", self._pause)
        if elapsed() >= self._start_at:
            self._cluster.kill()  # what a dead main process leaves behind
            self._start_at = None
            self._cluster.start()
            forget_drains_of(self._worker_id)  # they would keep the places of the living

    def _register(self) -> None:
        Worker.objects.create(
            id=self._worker_id,
            host=socket.gethostname(),
            pid=os.getpid(),
            started_at=DatabaseNow(),
            seen_at=DatabaseNow(),
        )

    def _shut_down(self) -> None:
        patience = SETTLE_MARGIN
        try:
            Worker.objects.filter(pk=self._worker_id).update(stopping=True)
            if drains_of(self._worker_id).exists():
                patience += max(destination(name).endpoint.deadline for name in destination_names())
        except DatabaseError as error:
            logger.warning("Drains could not be told to stop early: %s", error)
            patience += self._conf.drain
        self._cluster.stop(patience=patience)
        try:
            Worker.objects.filter(pk=self._worker_id).delete()
        except DatabaseError as error:
            logger.warning("The heartbeat of this worker is left behind: %s", error)
