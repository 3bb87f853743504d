"""Messages of several records in one request."""

from collections.abc import Sequence
from typing import Any

import pytest

from outbox.connectors.base import Request
from outbox.connectors.errors import Failed, OutcomeUnknown, Rejected, Unavailable
from outbox.connectors.memory import MemoryConnector, MemoryRemote
from outbox.models import Attempt, Lane, Message, Priority, State
from tests.outbox.situations import WELL, drain, edit, pass_time, raising, set_options, states

pytestmark = pytest.mark.django_db(transaction=True)

KEYS = [f"C{n:02}" for n in range(20)]


@pytest.fixture(autouse=True)
def batches_of_eight(settings: Any) -> None:
    set_options(settings, batch=8)


def edit_all(**values: Any) -> None:
    for key in KEYS:
        edit(key, **values)


def sizes(erp: MemoryRemote) -> list[int]:
    return [len(batch) for batch in erp.batches]


def test_records_that_wait_leave_together(erp: MemoryRemote) -> None:
    edit_all(city="Berlin")
    assert drain().delivered == 20
    assert sizes(erp) == [8, 8, 4]
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}
    assert Attempt.objects.count() == 20


def test_a_batch_holds_one_message_of_a_record_and_each_in_order(erp: MemoryRemote) -> None:
    for n in range(3):
        edit_all(city=f"city {n}")
    drain()
    for batch in erp.batches:
        assert len({request.key for request in batch}) == len(batch)
    for key in KEYS:
        sequences = [request.sequence for request in erp.applied if request.key == key]
        assert sequences == [1, 2, 3]


def test_one_refused_item_stops_its_own_record_only(erp: MemoryRemote) -> None:
    edit_all(city="Berlin")
    erp.before = raising(Rejected("No.", status=422), key="C03")
    drain()
    assert states("C03") == [State.DEAD]
    assert Message.objects.filter(state=State.DELIVERED).count() == 19


def test_a_refused_batch_is_halved_until_the_one_to_blame_stands_alone(erp: MemoryRemote) -> None:
    def refuse(requests: Sequence[Request]) -> None:
        if any(request.key == "C03" for request in requests):
            raise Rejected("There is something wrong with this batch.", status=400)

    edit_all(city="Berlin")
    erp.before_batch = refuse
    erp.before = raising(Rejected("No.", status=422), key="C03")
    drain()
    assert states("C03") == [State.DEAD]
    assert Message.objects.filter(state=State.DELIVERED).count() == 19
    assert sizes(erp)[0] == 8
    assert {4, 2} <= set(sizes(erp))


def test_a_lost_reply_leaves_every_item_unknown_and_each_goes_alone(erp: MemoryRemote) -> None:
    edit_all(city="Berlin")
    erp.after_batch = raising(OutcomeUnknown("The reply was lost."))
    drain()
    assert set(Attempt.objects.values_list("outcome", flat=True)) == {"unknown"}
    unknown = {request.key for batch in erp.batches for request in batch}
    assert len(unknown) >= 5
    erp.after_batch = WELL.after_batch
    erp.batches.clear()
    pass_time(60)
    drain()
    drain()
    assert not any(request.key in unknown for batch in erp.batches for request in batch)
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}
    assert len(erp.applied) == 20


def test_a_record_that_fails_goes_alone_and_then_together_again(erp: MemoryRemote) -> None:
    erp.before = raising(Failed("Broken"), key="C03")
    edit_all(city="Berlin")
    drain()
    erp.before = WELL.before
    erp.batches.clear()
    pass_time(2)
    drain()
    assert erp.batches == []
    edit_all(city="Bonn")
    drain()
    assert any(request.key == "C03" for batch in erp.batches for request in batch)


def test_records_that_failed_go_alone_though_nothing_of_them_has_left(erp: MemoryRemote) -> None:
    erp.before = raising(Unavailable("Away"))
    for key in KEYS[:4]:  # one less than would make it the destination's failure
        edit(key)
    drain()
    erp.before = WELL.before
    erp.batches.clear()
    pass_time(60)
    drain()
    assert erp.batches == []
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}


def test_a_batch_that_is_not_taken_costs_nothing(erp: MemoryRemote) -> None:
    edit_all(city="Berlin")
    erp.before_batch = raising(Unavailable("Overloaded", status=429, asks_to_wait=True))
    drain()
    assert set(Message.objects.values_list("attempts", flat=True)) == {0}
    erp.before_batch = WELL.before_batch
    for _ in range(20):
        pass_time(60)
        drain()
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}


def test_a_probe_is_one_record(erp: MemoryRemote) -> None:
    edit_all(city="Berlin")
    erp.reachable = raising(Unavailable("Away"))
    drain()
    erp.batches.clear()
    received: list[str] = []
    erp.reachable = WELL.reachable
    erp.before = lambda request: received.append(request.key)
    erp.before_batch = lambda requests: received.append("a batch")
    pass_time(60)
    drain()
    assert received[0] != "a batch"


def test_bulk_work_is_not_mixed_with_edits_that_somebody_waits_for(erp: MemoryRemote) -> None:
    for n, key in enumerate(KEYS):
        edit(key, priority=Priority.BULK if n % 2 else Priority.INTERACTIVE)
    drain()
    for batch in erp.batches:
        assert len({KEYS.index(request.key) % 2 for request in batch}) == 1


def test_fewer_outcomes_than_requests_are_a_defect_and_unknown(
    erp: MemoryRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryConnector, "deliver_batch", lambda self, requests: [])
    edit_all(city="Berlin")
    drain()
    assert set(Attempt.objects.values_list("outcome", flat=True)) == {"unknown"}
    assert Lane.objects.filter(lease_token__isnull=False).count() == 0


def test_a_refused_batch_is_taken_apart_however_low_the_rate(
    erp: MemoryRemote, settings: Any
) -> None:
    def refuse(requests: Sequence[Request]) -> None:
        if any(request.key == "C03" for request in requests):
            raise Rejected("There is something wrong with this batch.", status=400)

    set_options(settings, rate=1)
    for key in KEYS[:6]:
        edit(key, city="Berlin")
    erp.before_batch = refuse
    erp.before = raising(Rejected("No.", status=422), key="C03")
    for _ in range(8):
        drain(seconds=0.1)
        pass_time(1)
    assert states("C03") == [State.DEAD]
    assert Message.objects.filter(state=State.DELIVERED).count() == 5
