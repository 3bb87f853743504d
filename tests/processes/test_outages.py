"""A remote that is away costs nothing but time."""

import pytest

from outbox.models import Attempt, DestinationState, Message, State
from records.actions import create_record, update_record
from records.context import EditContext
from records.registry import RecordType
from tests.processes.ledger import judge
from tests.processes.stack import RemoteProcess, WorkerProcess, wait_until


def all_delivered() -> bool:
    return not Message.objects.exclude(state=State.DELIVERED).exists()


@pytest.mark.parametrize("how", ["refuses connections", "answers 503"])
def test_ten_edits_during_an_outage_arrive_in_order_and_cost_no_attempt(
    how: str,
    worker: WorkerProcess,
    remote: RemoteProcess,
    customers: RecordType,
    alice: EditContext,
) -> None:
    if how == "answers 503":
        remote.set_faults(down=True)
    else:
        remote.stop()
    create_record(customers, {"number": "ALFKI", "name": "Alfreds"}, context=alice)
    for n in range(1, 10):
        update_record(customers, "ALFKI", {"city": f"city {n}"}, context=alice)
    wait_until(
        lambda: DestinationState.objects.filter(hold_failures__gte=2).exists(),
        seconds=20,
        what="the outage is noticed, and is still there at the next probe",
    )
    if how == "answers 503":
        remote.set_faults()
    else:
        remote.start()
    wait_until(all_delivered, seconds=20, what="all ten arrive")
    assert [row["sequence"] for row in remote.ledger()] == list(range(1, 11))
    assert set(Message.objects.values_list("attempts", flat=True)) == {1}
    assert Attempt.objects.count() == 10
    assert not judge(remote), judge(remote)
