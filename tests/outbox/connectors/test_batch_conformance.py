"""What every connector must do that takes several requests as one."""

import pytest

from outbox.connectors.base import Acknowledgement, Request
from outbox.connectors.errors import (
    DeliveryError,
    Failed,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from tests.outbox.connectors.rigs import LATE, Rig, request

FAULTS: list[tuple[str, type[DeliveryError]]] = [
    ("down", Unavailable),
    ("too_many", Unavailable),
    ("unauthorized", Misconfigured),
    ("server_error", Failed),
    ("reject", Rejected),
    ("lose_reply", OutcomeUnknown),
    ("rubbish", OutcomeUnknown),
]


@pytest.fixture(autouse=True)
def batches_are_taken(rig: Rig) -> None:
    if not rig.connector.supports_batches:
        pytest.skip("It takes requests one by one.")


def three(operation: str = "create", sequence: int = 1) -> list[Request]:
    return [
        request(operation, key, display_name=f"{key} {sequence}", sequence=sequence)
        for key in ("ALFKI", "BOTTM", "CONSH")
    ]


def test_it_creates_updates_and_deletes_in_one_batch(rig: Rig) -> None:
    rig.connector.deliver_batch(three()[:2])
    outcomes = rig.connector.deliver_batch(
        [
            request("delete", "ALFKI", sequence=2),
            request("create", "CONSH", display_name="Consolidated"),
            request("update", "BOTTM", display_name="Bottom-Dollar", sequence=2),
        ]
    )
    assert all(isinstance(outcome, Acknowledgement) for outcome in outcomes)
    held = {key: entity["display_name"] for key, entity in rig.entities().items()}
    assert held == {"BOTTM": "Bottom-Dollar", "CONSH": "Consolidated"}


def test_each_item_is_acknowledged_with_its_own_id_and_values(rig: Rig) -> None:
    outcomes = rig.connector.deliver_batch(three())
    told = []
    for outcome in outcomes:
        assert isinstance(outcome, Acknowledgement)
        told.append((outcome.external_id, outcome.values["display_name"]))
    held = {key: entity["id"] for key, entity in rig.entities().items()}
    assert told == [(held[key], f"{key} 1") for key in ("ALFKI", "BOTTM", "CONSH")]


def test_an_empty_batch_has_no_outcomes(rig: Rig) -> None:
    assert rig.connector.deliver_batch([]) == []


@pytest.mark.parametrize("key", ["A/B", "A B", "Ä€", "a?b#c", "100%", 'say "hi"', "..a"])
def test_a_key_in_a_batch_may_hold_any_character(rig: Rig, key: str) -> None:
    for operation, sequence in (("create", 1), ("update", 2), ("delete", 3)):
        (outcome,) = rig.connector.deliver_batch([request(operation, key, sequence=sequence)])
        assert isinstance(outcome, Acknowledgement)
    assert rig.effects() == [("create", key), ("update", key), ("delete", key)]


def test_the_same_batch_twice_has_one_effect_of_each(rig: Rig) -> None:
    first = rig.connector.deliver_batch(three())
    again = rig.connector.deliver_batch(three())
    assert len(rig.effects()) == 3
    for before, after in zip(first, again, strict=True):
        assert isinstance(before, Acknowledgement)
        assert isinstance(after, Acknowledgement)
        assert before.values == after.values


def test_what_came_in_a_batch_may_come_alone_again(rig: Rig) -> None:
    rig.connector.deliver(three()[0])
    rig.connector.deliver_batch(three())
    rig.connector.deliver(three()[1])
    assert rig.effects() == [("create", "ALFKI"), ("create", "BOTTM"), ("create", "CONSH")]


def test_a_refused_item_leaves_the_others_alone(rig: Rig) -> None:
    rig.connector.deliver(request("create", "BOTTM"))
    conflict, taken, missing, gone = rig.connector.deliver_batch(
        [
            request("create", "BOTTM", sequence=2),
            request("create", "CONSH"),
            request("update", "DRACD"),
            request("delete", "ERNSH"),
        ]
    )
    assert isinstance(conflict, Rejected)
    assert conflict.conflict
    assert isinstance(taken, Acknowledgement)
    assert isinstance(missing, Rejected)
    assert not missing.conflict
    assert isinstance(gone, Acknowledgement)
    assert rig.effects() == [("create", "BOTTM"), ("create", "CONSH")]


@pytest.mark.parametrize(("fault", "error"), FAULTS)
def test_a_fault_of_the_whole_batch_is_told_for_what_it_is(
    rig: Rig, fault: str, error: type[DeliveryError]
) -> None:
    rig.fail(fault)
    with pytest.raises(error):
        rig.connector.deliver_batch(three())
    rig.fail(None)
    rig.connector.deliver_batch(three())
    assert len(rig.effects()) == 3


@pytest.mark.parametrize(("fault", "error"), FAULTS)
def test_a_fault_of_one_item_is_its_own(rig: Rig, fault: str, error: type[DeliveryError]) -> None:
    rig.fail(fault, key="BOTTM")
    outcomes = rig.connector.deliver_batch(three())
    assert [type(outcome) for outcome in outcomes] == [Acknowledgement, error, Acknowledgement]
    assert (("create", "BOTTM") in rig.effects()) is (fault in LATE)
    rig.fail(None)
    (again,) = rig.connector.deliver_batch([three()[1]])
    assert isinstance(again, Acknowledgement)
    assert len(rig.effects()) == 3


def test_what_a_remote_forgets_is_applied_again_in_a_batch(rig: Rig) -> None:
    rig.connector.deliver_batch(three())
    rig.forget()
    for _ in range(2):
        rig.connector.deliver_batch(three("update", sequence=2))
    assert len(rig.effects()) == 9
    conflicts = rig.connector.deliver_batch(three())
    assert [type(outcome) for outcome in conflicts] == [Rejected] * 3
    assert len(rig.effects()) == 9
