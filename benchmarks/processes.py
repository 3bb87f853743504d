"""Processes of a run: started, looked at with all that they start, and ended by their ids."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

import psutil

ROOT: Final = Path(__file__).resolve().parent.parent
PATIENCE: Final = 15.0  # seconds that a process has to end by itself
PR_SET_CHILD_SUBREAPER: Final = 36  # prctl(2)


class Crashed(Exception):
    """A process of a run ended by itself; the text says which."""


class Child:
    """One process and its children. In a session of its own: a Ctrl-C reaches only us."""

    def __init__(
        self,
        arguments: Sequence[str],
        env: Mapping[str, str],
        *,
        log: IO[bytes],
        piped: bool = False,
    ) -> None:
        self.name = " ".join(arguments)
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            env=os.environ | dict(env),
            cwd=ROOT,
            stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
            stdout=subprocess.PIPE if piped else log,
            stderr=log,
            text=True,
            start_new_session=True,
        )

    def tell(self, line: str) -> None:
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101  it is piped
        stdin.write(f"{line}\n")
        stdin.flush()

    def hear(self) -> str:
        """The next line that it says. Raises Crashed."""
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101  it is piped
        line = stdout.readline()
        if not line:
            raise Crashed(f"{self.name} ended with exit code {self._process.wait()}.")
        return str(line).strip()

    def require_alive(self) -> None:
        """Raises Crashed."""
        if self._process.poll() is not None:
            raise Crashed(f"{self.name} ended with exit code {self._process.returncode}.")

    def wait(self, seconds: float) -> None:
        """Raises Crashed where it ends with anything but 0, TimeoutExpired where it does not."""
        if self._process.wait(seconds):
            self.require_alive()

    def tree(self) -> list[psutil.Process]:
        """The process and all that it started and that is left of it."""
        with suppress(psutil.NoSuchProcess):
            top = psutil.Process(self._process.pid)
            return [top, *top.children(recursive=True)]
        return []

    def stop(self) -> None:
        """SIGTERM to the process alone, then SIGKILL to whatever is left of its tree."""
        tree = self.tree()
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        for process in tree:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was never read
                    pipe.close()


def cpu_of(processes: Iterable[psutil.Process]) -> float:
    """Seconds of CPU that they have used so far, and their children that have ended."""
    total = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def memory_of(processes: Iterable[psutil.Process]) -> int:
    """Bytes that these processes have and no other one shares."""
    total = 0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().uss
    return total


@contextmanager
def no_process_left() -> Iterator[None]:
    """End whatever children there are behind it; SIGTERM counts as a Ctrl-C."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)  # orphans of ours become our children

    def stop(*_: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # what is left to do, nobody interrupts
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        yield
    finally:
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
