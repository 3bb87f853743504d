"""Time that passes only when the simulation lets it, here and in the database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Final

import pytest
from django.utils import timezone

from outbox import clock as outbox_clock
from outbox.connectors import elapsed as host_clock

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
#: Stands in statements for the database's time, until they are executed.
PLACEHOLDER: Final = "simulated_now()"


class Clock:
    def __init__(self) -> None:
        self._elapsed = 1.0  # seconds
        #: Told of each new time before it has come.
        self.before: Callable[[float], None] = lambda elapsed: None

    def elapsed(self) -> float:
        return self._elapsed

    def now(self) -> datetime:
        return START + timedelta(seconds=self._elapsed)

    def pass_until(self, elapsed: float) -> None:
        if elapsed > self._elapsed:
            self.before(elapsed)
            self._elapsed = elapsed

    def pass_time(self, seconds: float) -> None:
        self.pass_until(self._elapsed + seconds)

    def at(self, moment: datetime) -> float:
        """The elapsed seconds at that moment."""
        return (moment - START).total_seconds()

    def stamp(self, sql: str, vendor: str) -> str:
        """The statement as it is to be executed now."""
        if PLACEHOLDER not in sql:
            return sql
        now = self.now()
        if vendor == "sqlite":
            return sql.replace(PLACEHOLDER, f"'{now:%Y-%m-%d %H:%M:%S.%f}'")
        return sql.replace(PLACEHOLDER, f"'{now.isoformat()}'::timestamptz")


def install(clock: Clock, patch: pytest.MonkeyPatch) -> None:
    """Have the application ask this clock, whoever keeps the function that asks the host's."""
    patch.setattr(host_clock, "time", SimpleNamespace(monotonic=clock.elapsed))
    for vendor in outbox_clock.NOW:
        patch.setitem(outbox_clock.NOW, vendor, PLACEHOLDER)
        patch.setitem(outbox_clock.STATEMENT_NOW, vendor, PLACEHOLDER)
    patch.setattr(timezone, "now", clock.now)
