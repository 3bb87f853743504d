"""A watchdog: keeps the cluster of one queue running, and restarts it when it is wedged.

A django-q2 worker that is killed while idle holds the lock of the queue: the cluster looks alive
and runs nothing. So life is judged by the tasks' signs of life in the database, not by the process.
"""

import logging
import uuid

from outbox.clock import database_now, elapsed
from outbox.cluster import Cluster
from outbox.conf import outbox_conf
from outbox.queues import Queue

logger = logging.getLogger(__name__)

# Seconds.
SHORT_LIFE = 10.0
LONGEST_PAUSE = 30.0  # before a cluster that ends at once is started again


class Watchdog:
    def __init__(self, queue: Queue, worker_id: uuid.UUID) -> None:
        self.queue = queue
        self.cluster = Cluster(queue.name, worker_id)
        self._worker_id = worker_id
        self._start_at: float | None = None
        self._pause = 0.0
        #: Since when work has been overdue whenever we looked, by our clock.
        self._overdue_from: float | None = None

    def keep_running(self) -> None:
        """Start the cluster again where it has ended."""
        if not self.cluster.has_exited():
            return
        if self._start_at is None:
            # One that ends as soon as it is started is not started ever faster.
            lived = self.cluster.age > SHORT_LIFE
            self._pause = 0.0 if lived else min(LONGEST_PAUSE, max(1.0, 2 * self._pause))
            self._start_at = elapsed() + self._pause
            logger.error("Cluster %s has ended; again in %g s.", self.queue.name, self._pause)
        if elapsed() >= self._start_at:
            self.cluster.kill()  # what a dead main process leaves behind
            self._start_at = None
            self.queue.clear_away(self._worker_id)
            self.cluster.start()

    def restart_if_wedged(self) -> None:
        if self._is_wedged():
            logger.error(
                "Work is overdue and cluster %s shows no sign of life: killing it.", self.queue.name
            )
            # It runs nothing, so there is nothing to wait for.
            self.cluster.kill()

    def _is_wedged(self) -> bool:
        patience = outbox_conf().wedged_after
        if self.cluster.age < patience:
            return False
        now, overdue = database_now(), self.queue.overdue_since()
        if overdue is None:
            self._overdue_from = None
            return False
        # What was due long ago may be possible only now: somebody resumed, a window opened.
        self._overdue_from = self._overdue_from or elapsed()
        overdue_for = min((now - overdue).total_seconds(), elapsed() - self._overdue_from)
        if overdue_for < patience:
            return False
        alive_at = self.queue.alive_at(self._worker_id)
        return alive_at is None or (now - alive_at).total_seconds() >= patience
