"""A turn: how long a task works on an upload before others have theirs."""

from typing import Final

from outbox.clock import elapsed
from outbox.heartbeat import told_to_stop

#: Seconds. django-q2 kills a task after 60.
TURN: Final = 20.0
LOOK_EVERY: Final = 1.0


class Turn:
    def __init__(self, seconds: float = TURN) -> None:
        self._ends_at = elapsed() + seconds
        self._look_at = elapsed() + LOOK_EVERY
        self._stopping = False

    def is_over(self) -> bool:
        """Also where the worker has been told to stop."""
        if elapsed() >= self._look_at:
            self._look_at = elapsed() + LOOK_EVERY
            self._stopping = told_to_stop()
        return self._stopping or elapsed() >= self._ends_at
