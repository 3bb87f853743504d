"""A remote that is away costs nothing but time."""

import pytest

from outbox.models import Attempt, DestinationState, Message, State
from records.actions import create_record, update_record
from records.context import EditContext
from records.registry import RecordType
from tests.processes.ledger import all_is_quiet, judge
from tests.processes.stack import RemoteProcess, WorkerProcess, wait_until

NUMBERS = [f"C-{number}" for number in range(6)]


@pytest.mark.parametrize("how", ["refuses connections", "answers 503"])
def test_edits_during_an_outage_arrive_in_order_and_it_costs_no_attempt(
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
    for number in NUMBERS:
        create_record(customers, {"number": number, "name": "Alfreds"}, context=alice)
    for n in range(1, 10):
        update_record(customers, NUMBERS[0], {"city": f"city {n}"}, context=alice)
    wait_until(
        lambda: DestinationState.objects.filter(hold_failures__gte=2).exists(),
        seconds=30,
        what="the outage is noticed, and is still there at the next probe",
    )
    if how == "answers 503":
        remote.set_faults()
    else:
        remote.start()
    wait_until(all_is_quiet, seconds=30, what="all arrive")
    sequences = [row["sequence"] for row in remote.ledger() if row["key"] == NUMBERS[0]]
    assert sequences == sorted(sequences)
    assert sequences[-1] == 10
    assert not judge(remote), judge(remote)
    delivered = Message.objects.filter(state=State.DELIVERED)
    assert set(delivered.values_list("attempts", flat=True)) == {1}
    assert Attempt.objects.count() == delivered.count() == len(remote.ledger())
