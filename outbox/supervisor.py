"""The supervisor: runs the clusters, sweeps for due work, and restarts a cluster that is wedged."""

import logging
import os
import signal
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, connections

from outbox.clock import DatabaseNow, elapsed
from outbox.conf import destination, destination_names, outbox_conf
from outbox.heartbeat import drains_of, forget_the_dead
from outbox.housekeeping import keep_house
from outbox.models import Worker
from outbox.queues import queues
from outbox.signals import announce_again
from outbox.watchdog import Watchdog

logger = logging.getLogger(__name__)

TICK = 0.5  # seconds
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
        self._watchdogs = [Watchdog(queue, self._worker_id) for queue in queues()]
        self._stop = threading.Event()
        self._duties = [
            *(Duty(self._conf.sweep, queue.sweep) for queue in queues()),
            *(Duty(2.0, watchdog.restart_if_wedged) for watchdog in self._watchdogs),
            Duty(5.0, self._sign_of_life),
            Duty(5.0, announce_again),
            Duty(60.0, forget_the_dead),
            Duty(60.0, keep_house),
        ]

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; then stop the clusters and return."""
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, lambda *_: self._stop.set())
        self._register()
        for watchdog in self._watchdogs:
            watchdog.cluster.start()
        try:
            while not self._stop.wait(TICK):
                self._tick()
        finally:
            self._shut_down()

    def _tick(self) -> None:
        for watchdog in self._watchdogs:
            watchdog.keep_running()
        try:
            for duty in self._duties:
                duty.run_if_due()
        except DatabaseError as error:
            logger.error("The database does not answer: %s", error)
            connections.close_all()

    def _sign_of_life(self) -> None:
        if not Worker.objects.filter(pk=self._worker_id).update(seen_at=DatabaseNow()):
            self._register()  # somebody emptied the table

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
            logger.warning("Tasks could not be told to stop early: %s", error)
            patience += self._conf.drain
        for watchdog in self._watchdogs:  # all at once, rather than one after the other
            watchdog.cluster.ask_to_stop()
        give_up_at = elapsed() + patience
        for watchdog in self._watchdogs:
            watchdog.cluster.wait_or_kill(give_up_at - elapsed())
        try:
            for watchdog in self._watchdogs:
                watchdog.queue.clear_away(self._worker_id)
            Worker.objects.filter(pk=self._worker_id).delete()
        except DatabaseError as error:
            logger.warning("The heartbeat of this worker is left behind: %s", error)
