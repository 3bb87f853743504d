"""The application's settings, for processes that die at a crash point.

The file `DEATH_NOTE` says where and how: "after_claim 2 SIGKILL" is the second time that a process
comes by. Who dies takes the note along: what is started in its place lives.
"""

import os
import signal
import threading
from collections import Counter
from pathlib import Path

from outbox import crash_points

_NOTE = Path(os.environ["DEATH_NOTE"])
_passed: Counter[str] = Counter()
_one_thread = threading.Lock()


def _pass(name: str) -> None:
    with _one_thread:
        try:
            note = _NOTE.read_text()
            point, passing, how = note.split()
            if name != point:
                return
            _passed[note] += 1
            if _passed[note] < int(passing):
                return
            _NOTE.unlink()
        except FileNotFoundError:  # nobody is to die, or another one does
            return
        _passed.clear()
        _NOTE.with_suffix(".taken").write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.Signals[how])


crash_points.crash_point = _pass  # before anybody imports it from there

from integration_site.settings import *  # noqa: E402, F403  the application, but for the above
