"""Two clocks: the database's moves on within a transaction, and durations are measured by neither
that nor the wall clock.
"""

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction

from outbox.clock import database_now, elapsed


@pytest.mark.django_db(transaction=True)
def test_the_time_of_the_database_moves_on_within_a_transaction() -> None:
    with transaction.atomic():
        first = database_now()
        time.sleep(0.01)
        assert database_now() > first


def test_a_duration_is_the_same_whoever_sets_the_clock() -> None:
    before = elapsed()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        assert 0 <= elapsed() - before < 60
