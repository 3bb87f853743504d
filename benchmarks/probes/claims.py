"""How long a claim takes."""

import time
from typing import Any

from django.db import transaction

from outbox.claiming import claim
from outbox.shares import Shares


def main(said: dict[str, Any]) -> list[float]:
    """Seconds that each of `count` claims of `lanes` lanes took, one after the other."""
    times = []
    shares = Shares(concurrency=said["lanes"])
    with transaction.atomic():  # undone: those who come next find the same backlog
        for number in range(said["count"] + 3):
            began = time.perf_counter()
            claimed = claim("erp", said["lanes"], shares)
            took = time.perf_counter() - began
            if not claimed:
                raise LookupError("There is nothing to claim.")
            if number >= 3:  # the first ones plan and connect
                times.append(took)
        transaction.set_rollback(True)
    return times
