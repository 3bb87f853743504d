from typing import Any

import pytest

from outbox.claiming import claim
from outbox.connectors.errors import Failed, Rejected, Unavailable
from outbox.connectors.memory import MemoryRemote
from outbox.destinations import pause
from outbox.recovering import recover_expired
from outbox.shares import Shares
from outbox.sync_status import Sync, SyncStatus, sync_statuses
from tests.outbox.situations import drain, edit, everybody_fails, pass_time, raising, set_options

pytestmark = pytest.mark.django_db(transaction=True)


def status(key: str = "ALFKI") -> SyncStatus:
    (only,) = sync_statuses("customer", [key])[key]
    return only


def test_a_record_that_was_never_sent_has_none() -> None:
    assert sync_statuses("customer", ["ALFKI"]) == {}


def test_sending_then_in_sync(erp: MemoryRemote) -> None:
    edit()
    assert status().sync == Sync.SENDING
    drain()
    assert status().sync == Sync.IN_SYNC
    assert status().label == "ERP"


def test_retrying_says_when_and_why(erp: MemoryRemote) -> None:
    erp.before = raising(Failed("Broken"))
    edit()
    drain()
    assert status().sync == Sync.RETRYING
    assert status().because == "Broken"
    seconds = status().next_try_in
    assert seconds is not None
    assert 0 < seconds <= 1


def test_refused_says_why(erp: MemoryRemote) -> None:
    erp.before = raising(Rejected("No such state."))
    edit()
    drain()
    assert (status().sync, status().because) == (Sync.REFUSED, "No such state.")
    assert status().is_final


def test_given_up_says_the_last_error(erp: MemoryRemote) -> None:
    erp.before = raising(Failed("Broken"))
    edit()
    drain()
    pass_time(8 * 86400)
    drain()
    assert (status().sync, status().because) == (Sync.GIVEN_UP, "Broken")


def test_waiting_for_a_destination_that_is_away(erp: MemoryRemote) -> None:
    erp.reachable = raising(Unavailable("Connection refused"))
    everybody_fails()
    edit()
    assert (status().sync, status().because) == (Sync.WAITING, "Connection refused")


def test_paused_says_why(erp: MemoryRemote) -> None:
    pause("erp", by="alice", because="stock-taking")
    edit()
    assert (status().sync, status().because) == (Sync.PAUSED, "stock-taking")


def test_many_records_that_are_retried_take_as_many_queries_as_one(
    erp: MemoryRemote, django_assert_max_num_queries: Any
) -> None:
    erp.before = raising(Failed("Broken"))
    keys = [f"K{number}" for number in range(4)]
    for key in keys:
        edit(key)
    drain()
    with django_assert_max_num_queries(4):
        statuses = sync_statuses("customer", keys)
    assert {(one.sync, one.because) for [one] in statuses.values()} == {(Sync.RETRYING, "Broken")}


def test_waiting_for_the_next_delivery_says_when_it_is(erp: MemoryRemote, settings: Any) -> None:
    set_options(settings, deliver="every 60 minutes")
    edit()
    assert status().because == "sent every 60 minutes"
    assert status().sync == Sync.SCHEDULED
    seconds = status().next_try_in
    assert seconds is not None
    assert 0 < seconds <= 3600
    assert not status().is_final


def test_what_a_dead_worker_may_have_sent_is_retried(erp: MemoryRemote, settings: Any) -> None:
    set_options(settings, idempotent=False, settle_after=30)
    edit()
    claim("erp", 1, Shares(concurrency=1))
    pass_time(100)
    recover_expired("erp")
    assert status().sync == Sync.RETRYING
    assert status().next_try_in == pytest.approx(30, abs=5)
