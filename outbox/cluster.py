"""The django-q2 cluster as a child process: started, stopped and, when it must be, killed."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import uuid
from contextlib import suppress
from functools import partial

from django.conf import settings

from outbox.clock import elapsed

logger = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1  # prctl(2)


class Cluster:
    """One `qcluster`, in a session of its own: a Ctrl-C in the terminal reaches only us."""

    def __init__(self, queue_name: str, worker_id: uuid.UUID) -> None:
        self._name = queue_name
        self._environment = os.environ | {
            "OUTBOX_WORKER_ID": str(worker_id),
            "OUTBOX_IS_WORKER": "true",
            "Q_CLUSTER_NAME": queue_name,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return elapsed() - self._started

    def start(self) -> None:
        self._started = elapsed()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "django", "qcluster"],
            env=self._environment,
            cwd=settings.BASE_DIR,  # wherever we were started from
            start_new_session=True,
            preexec_fn=partial(_end_with_parent, os.getpid()),
        )
        logger.info("Started the cluster %s as process %s.", self._name, self._process.pid)

    def has_exited(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def ask_to_stop(self) -> None:
        """Let it finish what it is at.

        Only its main process is told: a SIGTERM to the whole group hangs it.
        """
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def wait_or_kill(self, patience: float) -> None:
        """Wait `patience` seconds at most for it to end."""
        if self._process is not None and self._process.poll() is None:
            try:
                self._process.wait(max(0.0, patience))
            except subprocess.TimeoutExpired:
                logger.warning("The cluster %s did not stop in time; killing it.", self._name)
        self.kill()

    def kill(self) -> None:
        """End whatever is left of it; children outlive a main process that was killed."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):  # all gone
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None


def _end_with_parent(parent: int) -> None:
    """Runs in the child: have the kernel stop it when the supervisor dies. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)
