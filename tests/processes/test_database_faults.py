"""PostgreSQL that is restarted or cuts sessions off: outcomes are kept, edits whole or refused."""

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http import HTTPStatus

import pytest
from django.db import connection

from outbox.models import Attempt, Message, Outcome
from outbox.signals import announce_again
from records.actions import create_record, update_record
from records.context import EditContext
from records.registry import RecordType
from tests.outbox.situations import drain, pass_time
from tests.processes.at_points import at_point
from tests.processes.dying import DeathNote
from tests.processes.ledger import assert_all_arrived
from tests.processes.own_servers import OwnPostgres
from tests.processes.programs import Program, edits
from tests.processes.stack import RemoteProcess, running_web

FAULTS: dict[str, Callable[[OwnPostgres], None]] = {
    "restarts": OwnPostgres.restart,
    "cuts sessions off": OwnPostgres.terminate_backends,
}
#: Between a claim that has committed and the settle.
SENDING = ("before_send", "after_reply", "before_settle", "before_settle_commits")
#: Those that are tried each time.
SOME = {
    ("before_claim", "cuts sessions off"),
    ("after_claim", "restarts"),
    ("after_reply", "restarts"),
    ("before_settle", "cuts sessions off"),
    ("before_settle_commits", "restarts"),
    ("after_settle", "cuts sessions off"),
}
#: Where an edit is when it happens, and whether it has committed by then.
EDITING = {
    "between_record_and_message": False,
    "after_record": False,
    "after_wake": True,
    "before_wake": True,  # last: after a failure nobody is woken for a while
}


@pytest.fixture
def backlog(own_stack: dict[str, str], customers: RecordType, alice: EditContext) -> None:
    """Four customers with two edits each."""
    for number in "ABCD":
        create_record(customers, {"number": number, "name": "Alfreds"}, context=alice)
        update_record(customers, number, {"city": "Berlin"}, context=alice)


@pytest.mark.parametrize(
    ("point", "fault"),
    [
        pytest.param(point, fault, marks=() if (point, fault) in SOME else pytest.mark.slow)
        for point in ("before_claim", "after_claim", *SENDING, "after_settle")
        for fault in FAULTS
    ],
)
def test_a_drain_outlives_it(
    point: str,
    fault: str,
    backlog: None,
    own_postgres: OwnPostgres,
    remote: RemoteProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    happened = at_point(monkeypatch, point, lambda: FAULTS[fault](own_postgres))
    drain(20)
    assert happened.is_set()
    if point in SENDING:  # outcomes were kept, and written when the database was back
        assert not Message.objects.pending().exists()
        assert not Attempt.objects.exclude(outcome=Outcome.DELIVERED).exists()
    pass_time(100)
    drain(20)
    announce_again()
    assert_all_arrived(remote)


@pytest.mark.parametrize(
    "fault", ["restarts", pytest.param("cuts sessions off", marks=pytest.mark.slow)]
)
def test_an_edit_is_saved_or_refused_and_never_half(
    fault: str,
    own_stack: dict[str, str],
    death_note: DeathNote,
    own_postgres: OwnPostgres,
    customers: RecordType,
    alice: EditContext,
    remote: RemoteProcess,
) -> None:
    with (
        running_web(own_stack | death_note.environment) as address,
        closing(Program(address)) as program,
        ThreadPoolExecutor(1) as threads,
    ):
        for point, is_saved in EDITING.items():
            create_record(customers, {"number": point, "name": "Alfreds"}, context=alice)
            seen = program.etag(point)
            pass_time(100)
            death_note.write(point, how=signal.SIGSTOP)
            answer = threads.submit(program.update, point, seen, city="Berlin")
            halted = death_note.halted()
            FAULTS[fault](own_postgres)
            halted.send_signal(signal.SIGCONT)
            connection.close()
            expected = HTTPStatus.OK if is_saved else HTTPStatus.SERVICE_UNAVAILABLE
            assert answer.result().status_code == expected
            assert edits(point) == 1 + is_saved

            assert program.update(point, seen, city="Berlin").status_code == HTTPStatus.OK
            assert edits(point) == 2
    drain(20)
    announce_again()
    assert_all_arrived(remote)
