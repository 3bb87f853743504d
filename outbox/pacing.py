"""Pacing: how many rows one transaction takes, so that no form edit waits for work in bulk."""

import time
from typing import Final

from django.db import connection

from outbox.clock import elapsed

FIRST: Final = 25
LEAST: Final = 10
MOST: Final = 500
#: How long a transaction should take, in seconds: what a person does not notice.
GOAL: Final = 0.06


class Pace:
    def __init__(self, *, most: int | None = None) -> None:
        self.rows = FIRST
        self._most = most or MOST
        self.held = 0.0
        self._started = elapsed()

    def start(self) -> None:
        """The transaction has its lock: what it waited for that was others' doing."""
        self._started = elapsed()

    def stop(self, rows: int) -> None:
        """It has committed so many rows."""
        self.held = elapsed() - self._started
        # By half at most: one commit may be slow because the machine was busy for a moment.
        goal = rows * GOAL / max(self.held, 0.001)
        goal = max(self.rows / 2, min(goal, 2 * self.rows))
        self.rows = int(min(self._most, max(LEAST, goal)))

    def make_room(self) -> None:
        """SQLite has one write lock for everybody: leave it free for as long as we had it."""
        if connection.vendor == "sqlite":
            time.sleep(self.held)
