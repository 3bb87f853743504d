"""The rate of a destination: so many requests a second, by all drains together.

A drain takes what may be sent in about one second by one UPDATE, and gives back what it did not
use.
"""

import threading
from datetime import timedelta
from math import inf
from typing import Final

from django.db.models import DateTimeField, ExpressionWrapper, F, Q

from outbox.clock import DatabaseNow, database_now_in
from outbox.models import RateAllowance

#: Seconds of the rate that a drain takes at a time.
SLAB: Final = 1.0


class Allowance:
    """Requests that one drain may still send; shared by its sender threads."""

    def __init__(self, destination: str, rate: float | None) -> None:
        self._destination = destination
        self._rate = rate
        self._left = 0
        self._lock = threading.Lock()

    @property
    def ask_again_after(self) -> float:
        """Seconds: half of what a request takes at this rate, within reason."""
        return min(1.0, max(0.05, 0.5 / (self._rate or inf)))

    def most(self, wanted: int) -> int:
        """How many of the requests wanted may be sent now."""
        return wanted if self._rate is None else min(wanted, self._left)

    def take(self) -> bool:
        """Send one request. False where none may be sent now."""
        if self._rate is None:
            return True
        with self._lock:
            may_send = self._left > 0
            self._left -= may_send
        return may_send

    def refill(self) -> None:
        """Ask the database for more, where nothing is left."""
        if self._rate is None or self._left > 0:
            return
        requests = max(1, int(self._rate * SLAB))
        RateAllowance.objects.get_or_create(pk=self._destination)
        is_free = Q(given_until=None) | Q(given_until__lte=DatabaseNow())
        mine = RateAllowance.objects.filter(is_free, pk=self._destination).update(
            given_until=database_now_in(requests / self._rate)
        )
        with self._lock:
            self._left += requests * mine

    def give_back(self) -> None:
        """What is left, for other drains."""
        if self._rate is None or self._left == 0:
            return
        unused = timedelta(seconds=self._left / self._rate)
        self._left = 0
        RateAllowance.objects.filter(pk=self._destination).update(
            given_until=ExpressionWrapper(F("given_until") - unused, output_field=DateTimeField())
        )
