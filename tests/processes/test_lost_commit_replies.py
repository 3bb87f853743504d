"""PostgreSQL commits and its reply is lost: nobody knows, nothing is lost, nothing comes twice."""

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from http import HTTPStatus
from itertools import count

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.db.models import F

from customers.models import Customer
from outbox.models import Attempt, Message, Outcome
from outbox.pacing import FIRST
from outbox.signals import announce_again
from records.actions import create_record, update_record
from records.context import EditContext
from records.models import Change
from records.registry import RecordType
from tests.outbox.situations import drain, pass_time
from tests.people import person
from tests.processes.at_points import at_point
from tests.processes.commit_cutter import CommitCutter
from tests.processes.ledger import assert_all_arrived
from tests.processes.own_database import working_on
from tests.processes.own_servers import OwnPostgres
from tests.processes.programs import Program, edits
from tests.processes.stack import RemoteProcess, database_url, running_web
from uploads.models import State, Upload
from uploads.receiving import check_in_background, receive
from uploads.tasks import work

#: Three chunks at least.
ROWS = 4 * FIRST


@pytest.fixture
def cutter(own_postgres: OwnPostgres, own_stack: dict[str, str]) -> Iterator[CommitCutter]:
    """This process works through it."""
    with closing(CommitCutter(own_postgres.port)) as cutter, working_on(PORT=str(cutter.port)):
        yield cutter


def test_an_edit_is_repeated_and_changes_nothing_more(
    own_stack: dict[str, str], cutter: CommitCutter, remote: RemoteProcess
) -> None:
    env = own_stack | {"DATABASE_URL": database_url()}
    with running_web(env) as address, closing(Program(address)) as program:
        cutter.cut()
        answer = program.create("ALFKI", name="Alfreds")
        assert cutter.has_cut.is_set()
        assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert "may or may not be saved" in answer.json()["detail"]
        assert edits("ALFKI") == 1
        seen = program.etag("ALFKI")
        cutter.cut()
        answer = program.update("ALFKI", seen, city="Berlin")
        assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        answer = program.update("ALFKI", seen, city="Berlin")
        assert answer.status_code == HTTPStatus.OK
        assert edits("ALFKI") == 2
    drain(20)
    assert_all_arrived(remote)


@pytest.mark.parametrize("point", ["before_claim", "before_settle_commits"])
def test_what_a_drain_claims_or_settles_has_one_effect(
    point: str,
    cutter: CommitCutter,
    customers: RecordType,
    alice: EditContext,
    remote: RemoteProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in "ABCD":
        create_record(customers, {"number": number, "name": "Alfreds"}, context=alice)
        update_record(customers, number, {"city": "Berlin"}, context=alice)
    at_point(monkeypatch, point, cutter.cut)
    drain(20)
    assert cutter.has_cut.is_set()
    if point == "before_settle_commits":
        assert not Message.objects.pending().exists()
        assert not Attempt.objects.exclude(outcome=Outcome.DELIVERED).exists()
    pass_time(100)
    drain(20)
    announce_again()
    assert_all_arrived(remote)


def received(customers: RecordType, uploader: User, prefix: str = "C") -> Upload:
    """A file that is to be checked and saved."""
    upload = receive(
        customers,
        [b"number,name\n", *(f"{prefix}-{n},Company {n}\n".encode() for n in range(ROWS))],
        file_name="customers.csv",
        actor=uploader.username,
        uploaded_by=uploader,
        needs_confirmation=False,
    )
    check_in_background(upload)
    return upload


def assert_saved_once(upload: Upload) -> None:
    """By workers: what one fails at, another takes up once the lease is over."""
    while upload.is_active:
        with suppress(OperationalError):
            work(upload.pk)
        connection.close_if_unusable_or_obsolete()
        Upload.objects.update(due_at=F("due_at") - timedelta(seconds=100))
        upload.refresh_from_db()
    assert (upload.state, upload.reason) == (State.DONE, "")
    assert (upload.saved, upload.overtaken, upload.messages) == (ROWS, 0, ROWS)


def test_the_rows_of_a_file_are_saved_once_whichever_commit_it_is(
    cutter: CommitCutter, customers: RecordType
) -> None:
    ursula = person("ursula", "uploader")
    for lost in count():
        upload = received(customers, ursula, prefix=str(lost))
        cutter.cut(passing=lost + 1)
        assert_saved_once(upload)
        if not cutter.has_cut.is_set():
            break
    assert lost >= 6  # three chunks are checked, and three are saved
    assert Customer.objects.count() == Change.objects.count() == (lost + 1) * ROWS
