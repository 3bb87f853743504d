"""Sessions that hold rows and do nothing, and deadlocks: others go on, and an edit is told."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import connection

from customers.models import Customer
from outbox.models import Attempt, Outcome, State
from outbox.signals import announce_again
from records.actions import create_record
from records.context import EditContext
from records.models import Change
from records.registry import RecordType
from tests.api.conftest import RIGHTS, Api, api_of, etag, kind
from tests.outbox.situations import drain, states
from tests.processes.at_points import at_point
from tests.processes.ledger import assert_all_arrived
from tests.processes.own_servers import OwnPostgres
from tests.processes.stack import RemoteProcess, database_url, wait_until

HOLD_LANE = "SELECT FROM outbox_lane WHERE key = 'A' FOR UPDATE"
HOLD_RECORD = "SELECT FROM customers_customer WHERE number = 'A' FOR UPDATE"
HOLD_MESSAGE = "SELECT FROM outbox_message FOR UPDATE"


@pytest.fixture
def session(own_stack: dict[str, str]) -> Iterator[psycopg.Connection[Any]]:
    """Somebody else's, in which a transaction begins with its first statement."""
    with psycopg.connect(database_url()) as session:
        session.execute("SET deadlock_timeout = '60s'")  # it is not the one that gives way
        session.commit()
        yield session
        session.rollback()


@pytest.fixture
def records(own_stack: dict[str, str], customers: RecordType, alice: EditContext) -> None:
    for number in "ABC":
        create_record(customers, {"number": number, "name": "Alfreds"}, context=alice)


@pytest.fixture
def api(own_stack: dict[str, str]) -> Api:
    return api_of("alice", *RIGHTS)


def edit(api: Api, number: str) -> Any:
    customer = Customer.objects.get(number=number)
    return api.patch(f"/api/v1/customers/{number}", {"city": "Berlin"}, if_match=etag(customer))


def set_timeout(name: str, milliseconds: int) -> None:
    """Of this process's session."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET {name} = {milliseconds}")


def assert_refused_then_saved(api: Api, refused: Any, session: psycopg.Connection[Any]) -> None:
    """The edit of customer A, of which nothing is left behind."""
    assert (refused.status_code, kind(refused)) == (503, "unavailable")
    assert (Change.objects.filter(key="A").count(), len(states("A"))) == (1, 1)
    session.rollback()
    assert edit(api, "A").status_code == 200


@pytest.mark.parametrize("hold", [HOLD_LANE, HOLD_RECORD], ids=["a lane", "a record"])
def test_others_are_delivered_past_a_held_row(
    hold: str, session: psycopg.Connection[Any], records: None, remote: RemoteProcess
) -> None:
    session.execute(hold)
    drain()
    assert states("B") == states("C") == [State.DELIVERED]
    assert states("A") == [State.PENDING if hold == HOLD_LANE else State.DELIVERED]
    session.rollback()
    drain()
    announce_again()
    assert_all_arrived(remote)


def test_what_cannot_be_settled_for_a_held_row_is_settled_when_it_is_free(
    session: psycopg.Connection[Any],
    records: None,
    remote: RemoteProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free = threading.Timer(0.5, session.rollback)

    def hold() -> None:
        session.execute(HOLD_LANE)
        free.start()

    happened = at_point(monkeypatch, "after_reply", hold)
    drain()
    free.join()
    assert happened.is_set()
    assert not Attempt.objects.exclude(outcome=Outcome.DELIVERED).exists()
    announce_again()
    assert_all_arrived(remote)


@pytest.mark.parametrize("hold", [HOLD_LANE, HOLD_RECORD], ids=["its lane", "it"])
def test_an_edit_of_a_record_is_unavailable_where_somebody_holds(
    hold: str, session: psycopg.Connection[Any], records: None, api: Api
) -> None:
    set_timeout("lock_timeout", 300)
    session.execute(hold)
    refused = edit(api, "A")
    assert edit(api, "B").status_code == 200
    assert_refused_then_saved(api, refused, session)


def test_an_edit_that_loses_a_deadlock_is_unavailable(
    session: psycopg.Connection[Any],
    records: None,
    api: Api,
    own_postgres: OwnPostgres,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    set_timeout("deadlock_timeout", 100)
    session.execute(HOLD_LANE)
    with ThreadPoolExecutor(1) as threads:

        def want_the_record() -> None:  # which the edit has locked by now
            threads.submit(session.execute, HOLD_RECORD)
            wait_until(own_postgres.somebody_waits, seconds=5, what="the session waits")

        at_point(monkeypatch, "between_record_and_message", want_the_record)
        refused = edit(api, "A")
    assert "deadlock detected" in caplog.text
    assert_refused_then_saved(api, refused, session)


def test_a_settle_that_loses_a_deadlock_is_repeated(
    session: psycopg.Connection[Any],
    records: None,
    remote: RemoteProcess,
    own_postgres: OwnPostgres,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    set_timeout("deadlock_timeout", 500)

    def want_the_lane() -> None:  # once the settle has it, and waits for the message
        wait_until(own_postgres.somebody_waits, seconds=5, what="the settle waits")
        session.execute(HOLD_LANE)
        session.rollback()

    with ThreadPoolExecutor(1) as threads:

        def hold() -> None:
            session.execute(HOLD_MESSAGE)
            threads.submit(want_the_lane)

        at_point(monkeypatch, "before_settle", hold)
        drain()
    assert "deadlock detected" in caplog.text
    assert not Attempt.objects.exclude(outcome=Outcome.DELIVERED).exists()
    announce_again()
    assert_all_arrived(remote)


def test_a_session_of_ours_that_idles_in_a_transaction_is_ended_in_the_end(
    own_stack: dict[str, str],
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("1min",)
