"""Processes that die at a crash point, and what they leave behind."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
from django.conf import settings

from tests.processes.stack import wait_until

#: Of a process that others do not wait for long, in seconds.
SHORT_LEASE = {"OUTBOX_LEASE": "1.5", "OUTBOX_GRACE": "0.2", "ERP_DEADLINE": "0.8"}


class DeathNote:
    """Says where a process is to die; taken along by the one that does."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "death_note"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "tests.processes.dying_settings",
            "DEATH_NOTE": str(self._path),
        }

    def write(self, point: str, *, passing: int = 1, how: signal.Signals = signal.SIGKILL) -> None:
        """`passing`: 1 is the first time that a process comes by; SIGSTOP only halts it."""
        draft = self._path.with_suffix(".draft")
        draft.write_text(f"{point} {passing} {how.name}")
        draft.rename(self._path)

    def was_taken(self) -> bool:
        return not self._path.exists()

    def halted(self) -> psutil.Process:
        """The process that has taken it, once it is halted."""
        taken = self._path.with_suffix(".taken")
        wait_until(
            lambda: taken.exists() and taken.read_text(), seconds=30, what="somebody comes by"
        )
        process = psutil.Process(int(taken.read_text()))
        wait_until(
            lambda: process.status() == psutil.STATUS_STOPPED, seconds=5, what="it is halted"
        )
        taken.unlink()
        return process


def start_command(env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    """A `manage.py` command as a process of its own; what it logs can be read from `stderr`."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        env=env,
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], *, seconds: float = 30) -> tuple[int, str]:
    """Its exit code (negative: the signal that killed it), and what it logged."""
    _, logged = process.communicate(timeout=seconds)
    return process.returncode, logged
