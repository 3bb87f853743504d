"""What the remote in memory can do beyond what every connector must: its hooks, and forgetting."""

from collections.abc import Sequence

import pytest

from outbox.connectors.base import Acknowledgement, Request
from outbox.connectors.errors import OutcomeUnknown, Rejected
from outbox.connectors.memory import MemoryConnector, MemoryRemote
from tests.outbox.connectors.rigs import endpoint, raising, request


@pytest.fixture
def connector(erp: MemoryRemote) -> MemoryConnector:
    return MemoryConnector(endpoint("memory://"))


def test_it_notes_what_came_alone_and_what_came_together(
    erp: MemoryRemote, connector: MemoryConnector
) -> None:
    connector.deliver(request("create", "ALFKI"))
    connector.deliver_batch([request("create", "BOTTM"), request("create", "CONSH")])
    assert [[item.key for item in batch] for batch in erp.batches] == [["BOTTM", "CONSH"]]
    assert [item.key for item in erp.received] == ["ALFKI", "BOTTM", "CONSH"]


def test_a_hook_fails_one_item_of_a_batch(erp: MemoryRemote, connector: MemoryConnector) -> None:
    def refuse_one(item: Request) -> None:
        if item.key == "BOTTM":
            raise Rejected("No.", status=422)

    erp.before = refuse_one
    outcomes = connector.deliver_batch([request("create", "ALFKI"), request("create", "BOTTM")])
    assert isinstance(outcomes[0], Acknowledgement)
    assert isinstance(outcomes[1], Rejected)
    assert [item.key for item in erp.applied] == ["ALFKI"]


def test_a_hook_loses_the_outcome_of_one_item(
    erp: MemoryRemote, connector: MemoryConnector
) -> None:
    erp.after = raising(RuntimeError("cut off"))
    (outcome,) = connector.deliver_batch([request("create")])
    assert isinstance(outcome, OutcomeUnknown)
    assert len(erp.applied) == 1


def test_a_hook_refuses_a_batch_as_such(erp: MemoryRemote, connector: MemoryConnector) -> None:
    def refuse_many(items: Sequence[Request]) -> None:
        if len(items) > 1:
            raise Rejected("One at a time.", status=413)

    erp.before_batch = refuse_many
    both = [request("create", "ALFKI"), request("create", "BOTTM")]
    with pytest.raises(Rejected):
        connector.deliver_batch(both)
    assert erp.applied == []
    connector.deliver_batch(both[:1])
    assert [len(batch) for batch in erp.batches] == [2, 1]


def test_a_hook_loses_the_reply_to_a_batch(erp: MemoryRemote, connector: MemoryConnector) -> None:
    erp.after_batch = raising(RuntimeError("cut off"))
    with pytest.raises(OutcomeUnknown):
        connector.deliver_batch([request("create", "ALFKI"), request("create", "BOTTM")])
    assert len(erp.applied) == 2


def test_what_forgets_applies_an_update_as_often_as_it_comes(
    erp: MemoryRemote, connector: MemoryConnector
) -> None:
    erp.forgetful = True
    connector.deliver(request("create"))
    for _ in range(2):
        connector.deliver(request("update", city="Berlin", sequence=2))
    assert [item.operation.value for item in erp.applied] == ["create", "update", "update"]


def test_what_forgets_refuses_to_create_twice(
    erp: MemoryRemote, connector: MemoryConnector
) -> None:
    erp.forgetful = True
    connector.deliver(request("create"))
    with pytest.raises(Rejected) as refused:
        connector.deliver(request("create"))
    assert refused.value.conflict
    assert len(erp.applied) == 1


def test_what_is_looked_up_does_not_change_afterwards(
    erp: MemoryRemote, connector: MemoryConnector
) -> None:
    connector.deliver(request("create", city="Berlin"))
    found = connector.look_up("customers", "ALFKI", key_field="customer_no")
    connector.deliver(request("update", city="Bonn", sequence=2))
    assert found is not None
    assert found["city"] == "Berlin"
