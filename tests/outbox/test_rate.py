"""A destination that takes so many requests a second."""

import time
from typing import Any

import pytest

from outbox.clock import database_now
from outbox.connectors.base import Request
from outbox.connectors.memory import MemoryRemote
from outbox.models import Message, Priority, RateAllowance, State
from outbox.rate import Allowance
from tests.outbox.situations import drain, edit, pass_time, set_options

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_drain_takes_what_a_second_allows() -> None:
    allowance = Allowance("erp", 5)
    allowance.refill()
    assert [allowance.take() for _ in range(6)] == [True] * 5 + [False]
    allowance.refill()
    assert not allowance.take(), "the second is not over"
    pass_time(1)
    allowance.refill()
    assert allowance.take()


def test_drains_share_it() -> None:
    mine, others = Allowance("erp", 5), Allowance("erp", 5)
    mine.refill()
    others.refill()
    assert (mine.most(99), others.most(99)) == (5, 0)


def test_what_is_left_is_given_back() -> None:
    first, second = Allowance("erp", 5), Allowance("erp", 5)
    first.refill()
    first.take()
    first.give_back()
    pass_time(0.2)  # what one request costs
    second.refill()
    assert second.take()


def test_a_drain_gives_back_what_it_has_not_used(erp: MemoryRemote, settings: Any) -> None:
    set_options(settings, rate=1000)
    edit()
    drain()
    given_until = RateAllowance.objects.get().given_until
    assert given_until is not None
    assert given_until <= database_now()


def test_one_request_in_ten_seconds_is_possible() -> None:
    allowance = Allowance("erp", 0.1)
    allowance.refill()
    assert [allowance.take(), allowance.take()] == [True, False]
    pass_time(9)
    allowance.refill()
    assert not allowance.take()
    pass_time(1)
    allowance.refill()
    assert allowance.take()


def test_no_more_is_sent_than_the_rate_allows(erp: MemoryRemote, settings: Any) -> None:
    set_options(settings, rate=20)
    sent: list[float] = []
    erp.before = lambda request: sent.append(time.monotonic())
    for n in range(30):
        for _ in range(2):
            edit(f"C{n}")
    drain(seconds=2.5)
    assert 40 <= len(sent) <= 60
    for start in sent:
        assert sum(start <= at < start + 0.9 for at in sent) <= 40  # the end of one second's share
    assert not Message.objects.filter(attempts__gt=1).exists()


def test_bulk_work_has_a_fifth_of_the_rate(erp: MemoryRemote, settings: Any) -> None:
    set_options(settings, rate=10)
    for n in range(40):
        edit(f"I{n}")
        edit(f"B{n}", priority=Priority.BULK)
    drain(seconds=0.5)
    bulk = [request for request in erp.applied if request.key.startswith("B")]
    assert len(erp.applied) == 10
    assert len(bulk) == 2


def test_what_waits_for_its_rate_is_sent_in_the_same_drain(
    erp: MemoryRemote, settings: Any
) -> None:
    set_options(settings, rate=10)
    for n in range(15):
        edit(f"C{n}")
    drain(seconds=5)
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}


def test_a_batch_is_one_request(erp: MemoryRemote, settings: Any) -> None:
    set_options(settings, rate=2, batch=10)
    seen: list[Request] = []
    erp.before = seen.append
    for n in range(20):
        edit(f"C{n}")
    drain(seconds=0.5)
    assert len(seen) == 20
