"""Destinations that are delivered to every so many minutes, or at certain hours."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from outbox.clock import database_now
from outbox.connectors.errors import Failed
from outbox.connectors.memory import MemoryRemote
from outbox.models import Lane, State
from outbox.sweeping import overdue_since
from tests.outbox.situations import WELL, drain, edit, lane, pass_time, raising, set_options, states

pytestmark = pytest.mark.django_db(transaction=True)


def hours(opens_in: float, closes_in: float) -> str:
    """A daily window, in hours from now."""

    def clock(at: datetime) -> str:
        return f"{at:%H:%M}"

    now = database_now()
    opens, closes = now + timedelta(hours=opens_in), now + timedelta(hours=closes_in)
    return f"{clock(opens)} to {clock(closes)}"


def test_an_edit_waits_for_the_next_round(erp: MemoryRemote, settings: Any) -> None:
    set_options(settings, deliver="every 60 minutes")
    edit()
    due_at = lane().due_at
    assert due_at is not None
    assert (due_at.minute, due_at.second) == (0, 0)
    drain()
    assert states() == [State.PENDING]
    assert overdue_since() is None
    pass_time(3600)
    assert overdue_since() is not None
    drain()
    assert states() == [State.DELIVERED]


def test_what_fails_in_a_round_waits_for_the_next(erp: MemoryRemote, settings: Any) -> None:
    edit()
    set_options(settings, deliver="every 60 minutes")
    erp.before = raising(Failed("Broken"))
    drain()
    due_at = lane().due_at
    assert due_at is not None
    assert due_at.minute == 0
    assert due_at > database_now()


def test_nothing_is_sent_outside_the_hours(erp: MemoryRemote, settings: Any) -> None:
    set_options(settings, deliver=hours(2, 4))
    edit()
    Lane.objects.update(due_at=database_now())
    drain()
    assert states() == [State.PENDING]
    assert overdue_since() is None
    set_options(settings, deliver=hours(-1, 1))
    drain()
    assert states() == [State.DELIVERED]


def test_hours_in_which_nothing_is_sent_are_no_days_of_failing(
    erp: MemoryRemote, settings: Any
) -> None:
    set_options(settings, deliver=hours(-1, 1))
    erp.before = raising(Failed("Broken"))
    edit()
    drain()
    pass_time(20 * 86400)  # of which the destination was open for less than two days
    drain()
    assert states() == [State.PENDING]
    pass_time(80 * 86400)
    drain()
    assert states() == [State.DEAD]
    erp.before = WELL.before
