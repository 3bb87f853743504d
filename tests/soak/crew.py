"""The crew: the processes of the application. Those that end are started again, as a service
manager does.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import psutil
from django.conf import settings

from tests.processes.stack import WorkerProcess, running_web
from tests.soak.orphans import reap

# Seconds.
LOOK_EVERY: Final = 0.3
STOP_WITHIN: Final = 20.0
#: A process whose parent was killed may finish what it is at for so long.
ORPHANS_END_WITHIN: Final = 20.0


@dataclass
class Crew:
    env: Mapping[str, str]
    folder: Path
    #: Held while processes are started or stopped on purpose.
    lock: threading.RLock = field(default_factory=threading.RLock)
    workers: list[WorkerProcess] = field(default_factory=list)
    editors: list["EditorsProcess"] = field(default_factory=list)
    web: str = ""
    #: How often something that had ended was started again.
    restarts: int = 0
    #: Children that we started ourselves, now or before.
    own: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._opened = ExitStack()
        self._log: IO[bytes] = self._opened.enter_context((self.folder / "log.txt").open("ab"))
        self._settings: Mapping[str, str] = {}
        self._orphans_since: dict[int, float] = {}
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep)

    def start(self) -> None:
        """The pages first: everybody else is kept running from here on."""
        self.web = self._opened.enter_context(running_web(dict(self.env), output=self._log))
        self.own |= {child.pid for child in psutil.Process().children()}
        self._keeper.start()

    def start_workers(self, count: int, changed: Mapping[str, str]) -> None:
        """In place of those that run; with these settings."""
        with self.lock:
            self.stop_workers()
            self._settings = changed
            self.workers = [self._worker() for _ in range(count)]

    def start_editors(self, count: int, env: Mapping[str, str]) -> None:
        with self.lock:
            self.editors = [
                EditorsProcess(self, f"editors{number}", {**self.env, **env})
                for number in range(count)
            ]

    def stop_workers(self) -> None:
        """As a deployment does."""
        with self.lock:
            self._stop([worker.process for worker in self.workers])
            self.workers = []

    def stop_editors(self) -> None:
        with self.lock:
            self._stop([editors.process for editors in self.editors])
            self.editors = []

    def run(self, *command: str, seconds: float) -> None:
        """A command of `manage.py`; it is killed where it takes longer."""
        process = self.popen([sys.executable, "manage.py", *command], env=self.env)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def popen(self, command: list[str], *, env: Mapping[str, str]) -> subprocess.Popen[Any]:
        with self.lock:
            process = subprocess.Popen(
                command, env=env, cwd=settings.BASE_DIR, stdout=self._log, stderr=self._log
            )
            self.own.add(process.pid)
        return process

    def close(self) -> None:
        """Keep nobody running any more. What still runs is for `end_all_children`."""
        self._closing.set()
        if self._keeper.is_alive():
            self._keeper.join()
        self._opened.close()

    def _worker(self) -> WorkerProcess:
        worker = WorkerProcess({**self.env, **self._settings}, output=self._log)
        self.own.add(worker.process.pid)
        return worker

    def _stop(self, processes: list[subprocess.Popen[Any]]) -> None:
        for process in processes:
            process.terminate()
        give_up_at = time.monotonic() + STOP_WITHIN
        for process in processes:
            try:
                process.wait(max(0.1, give_up_at - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _keep(self) -> None:
        while not self._closing.wait(LOOK_EVERY):
            with self.lock:
                for number, worker in enumerate(self.workers):
                    if worker.process.poll() is not None:
                        self.workers[number] = self._worker()
                        self.restarts += 1
                for editors in self.editors:
                    if editors.process.poll() is not None:
                        editors.start()
                        self.restarts += 1
                self._end_orphans()

    def _end_orphans(self) -> None:
        """What a killed supervisor leaves behind stops by itself, or is killed."""
        now = time.monotonic()
        orphans = [child for child in psutil.Process().children() if child.pid not in self.own]
        self._orphans_since = {
            orphan.pid: self._orphans_since.get(orphan.pid, now) for orphan in orphans
        }
        for orphan in orphans:
            with suppress(psutil.NoSuchProcess):
                if orphan.status() == psutil.STATUS_ZOMBIE:
                    reap(orphan.pid)
                elif now - self._orphans_since[orphan.pid] > ORPHANS_END_WITHIN:
                    orphan.kill()


class EditorsProcess:
    """`tests.soak.editors`; its name says how often it was started."""

    def __init__(self, crew: Crew, name: str, env: Mapping[str, str]) -> None:
        self._crew, self._name, self._env = crew, name, env
        self._starts = 0
        self.start()

    def start(self) -> None:
        self._starts += 1
        self.process = self._crew.popen(
            [
                *(sys.executable, "-m", "tests.soak.start", "editors"),
                f"{self._name}.{self._starts}",
                *("--folder", str(self._crew.folder), "--web", self._crew.web),
            ],
            env=self._env,
        )
