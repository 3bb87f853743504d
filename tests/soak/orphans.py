"""Orphans: processes whose parent was killed become ours, so that none is left behind.

Linux only.
"""

import ctypes
import os
import signal
import time
from contextlib import suppress

import psutil

# prctl(2)
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """From now on; also those of our children's children."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_with_parent() -> None:
    """Be told to stop when it dies."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def stop_on_signals() -> None:
    """Raise KeyboardInterrupt for the first; what has to be done behind it, no other interrupts."""

    def stop(*_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def end_all_children(*, seconds: float = 20) -> None:
    """Kill what is left of them, whatever they start meanwhile."""
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        children = psutil.Process().children(recursive=True)
        if not children:
            return
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()
            reap(child.pid)
        time.sleep(0.05)
    raise TimeoutError(f"These processes do not end: {children}")


def reap(pid: int) -> None:
    """Take note of the end of a child, if it has ended."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
