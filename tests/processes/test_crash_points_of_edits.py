"""A web process that dies in the middle of an edit: all of the edit is there, or nothing."""

from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus

import pytest
import requests

from records.actions import create_record
from records.context import EditContext
from records.registry import RecordType
from tests.outbox.situations import drain, pass_time
from tests.processes.dying import DeathNote
from tests.processes.ledger import assert_all_arrived
from tests.processes.programs import Program, edits
from tests.processes.stack import RemoteProcess, running_web

#: Where a web process dies, and whether its edit has committed by then.
POINTS = {
    "between_record_and_message": False,
    "after_record": False,
    "before_wake": True,
    "after_wake": True,
}
#: After which a wake-up that nobody took is asked for again.
LONG = 100.0


@pytest.fixture
def program(mortal: dict[str, str]) -> Iterator[Program]:
    with running_web(mortal) as address, closing(Program(address)) as program:
        yield program


def test_an_update_is_saved_and_will_leave_or_never_was(
    program: Program,
    death_note: DeathNote,
    customers: RecordType,
    alice: EditContext,
    remote: RemoteProcess,
) -> None:
    for point, is_saved in POINTS.items():
        create_record(customers, {"number": point, "name": "Alfreds"}, context=alice)
        seen = program.etag(point)
        pass_time(LONG)
        death_note.write(point)
        with pytest.raises(requests.ConnectionError):
            program.update(point, seen, city="Berlin")
        assert edits(point) == 1 + is_saved

        assert program.update(point, seen, city="Berlin").status_code == HTTPStatus.OK
        assert edits(point) == 2  # repeating it has saved it, or changed nothing
    drain(20)
    assert_all_arrived(remote)


def test_a_create_is_saved_and_will_leave_or_never_was(
    program: Program, death_note: DeathNote, remote: RemoteProcess
) -> None:
    for point, is_saved in POINTS.items():
        pass_time(LONG)
        death_note.write(point)
        with pytest.raises(requests.ConnectionError):
            program.create(point, name="Alfreds")
        assert edits(point) == is_saved

        again = program.create(point, name="Alfreds").status_code
        assert again == (HTTPStatus.PRECONDITION_FAILED if is_saved else HTTPStatus.CREATED)
        assert edits(point) == 1
    drain(20)
    assert_all_arrived(remote)
