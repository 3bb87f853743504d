"""A database that goes away in mid-drain: outcomes are kept, and written when it is back."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import OperationalError, connection

from outbox import draining
from outbox.claiming import claim
from outbox.connectors.base import Request
from outbox.connectors.memory import MemoryRemote
from outbox.delivery import LaneOutcome
from outbox.models import Attempt, Lane, Message, State
from outbox.recovering import recover_expired
from outbox.settling import settle
from outbox.shares import Shares
from tests.outbox.situations import drain, edit, pass_time

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_outcome_survives_a_settle_that_fails(
    erp: MemoryRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [OperationalError("server closed the connection"), OperationalError("still away")]

    def settle_at_last(outcomes: Any) -> Any:
        if failures and outcomes:
            raise failures.pop()
        return settle(outcomes)

    monkeypatch.setattr(draining, "settle", settle_at_last)
    edit()
    drain()
    assert Message.objects.get().state == State.DELIVERED
    assert len(erp.received) == 1


def test_what_may_kill_workers_waits_until_the_outcome_before_it_is_settled(
    erp: MemoryRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If it did, the message whose outcome is still to be written would be blamed, too."""
    for key in ("ALFKI", "BOTTM"):
        edit(key)
    claim("erp", 2, Shares(concurrency=2))
    pass_time(61)
    recover_expired("erp")
    failures = [OperationalError("server closed the connection")]

    def settle_at_last(outcomes: Sequence[LaneOutcome]) -> list[LaneOutcome]:
        if outcomes and failures:
            raise failures.pop()
        return settle(outcomes)

    monkeypatch.setattr(draining, "settle", settle_at_last)
    monkeypatch.setattr(draining, "DATABASE_AGAIN_AFTER", 0.01)
    leased: list[int] = []

    def count(request: Request) -> None:
        leased.append(Lane.objects.filter(lease_token__isnull=False).count())
        connection.close()  # of a sender thread

    erp.before = count
    drain()
    assert leased == [1, 1]


def test_a_database_that_stays_away_ends_the_drain(
    erp: MemoryRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(outcomes: Any) -> Any:
        raise OperationalError("away")

    monkeypatch.setattr(draining, "settle", away)
    monkeypatch.setattr(draining, "DATABASE_PATIENCE", 0.2)
    monkeypatch.setattr(draining, "DATABASE_AGAIN_AFTER", 0.1)
    edit()
    with pytest.raises(OperationalError):
        drain()
    assert Message.objects.get().state == State.PENDING


def test_a_backend_terminated_in_mid_request_costs_nothing(erp: MemoryRemote) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server to go away")

    def terminate_others(request: Request) -> None:
        erp.after = MemoryRemote().after
        with connection.cursor() as cursor:  # this sender's own connection
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.close()

    erp.after = terminate_others
    edit()
    drain()
    assert Message.objects.get().state == State.DELIVERED
    assert Attempt.objects.count() == 1
    assert len(erp.received) == 1
