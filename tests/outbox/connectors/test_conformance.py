"""What every connector must do. A new one joins by a rig in rigs.py."""

import pytest

from outbox.connectors.errors import (
    DeliveryError,
    Failed,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from tests.outbox.connectors.rigs import Rig, request


def test_it_creates_updates_and_deletes_by_key(rig: Rig) -> None:
    rig.connector.deliver(request("create", display_name="Alfreds", sequence=1))
    rig.connector.deliver(request("update", display_name="Alfreds GmbH", sequence=2))
    assert rig.entities()["ALFKI"]["display_name"] == "Alfreds GmbH"
    rig.connector.deliver(request("delete", sequence=3))
    assert rig.entities() == {}
    assert rig.effects() == [("create", "ALFKI"), ("update", "ALFKI"), ("delete", "ALFKI")]


def test_an_acknowledgement_tells_the_remote_id_and_values(rig: Rig) -> None:
    acknowledgement = rig.connector.deliver(request("create", display_name="Alfreds"))
    assert acknowledgement.external_id
    assert acknowledgement.values["display_name"] == "Alfreds"


def test_an_update_leaves_other_fields_alone(rig: Rig) -> None:
    address = {"street": "Obere Str. 57", "city": "Berlin"}
    rig.connector.deliver(request("create", display_name="Alfreds", address=address))
    rig.connector.deliver(request("update", address={"city": "Bonn"}, sequence=2))
    held = rig.entities()["ALFKI"]
    assert held["display_name"] == "Alfreds"
    assert held["address"] == {"street": "Obere Str. 57", "city": "Bonn"}


@pytest.mark.parametrize("key", ["A/B", "A B", "Ä€", "a?b#c", "100%", 'say "hi"', "..a"])
def test_a_key_may_hold_any_character(rig: Rig, key: str) -> None:
    rig.connector.deliver(request("create", key, display_name="x"))
    rig.connector.deliver(request("update", key, display_name="y", sequence=2))
    found = rig.connector.look_up("customers", key, key_field="customer_no")
    assert found is not None
    assert found["display_name"] == "y"
    rig.connector.deliver(request("delete", key, sequence=3))
    assert rig.connector.look_up("customers", key, key_field="customer_no") is None


def test_the_same_request_twice_has_one_effect(rig: Rig) -> None:
    first = rig.connector.deliver(request("create", display_name="Alfreds"))
    again = rig.connector.deliver(request("create", display_name="Alfreds"))
    assert first.values == again.values
    assert rig.effects() == [("create", "ALFKI")]


def test_one_key_with_another_body_is_refused(rig: Rig) -> None:
    rig.connector.deliver(request("create", display_name="Alfreds", idempotency_key="k"))
    with pytest.raises(Rejected):
        rig.connector.deliver(request("create", display_name="Other", idempotency_key="k"))


def test_creating_what_exists_is_a_conflict(rig: Rig) -> None:
    rig.connector.deliver(request("create", sequence=1))
    with pytest.raises(Rejected) as refused:
        rig.connector.deliver(request("create", sequence=2))
    assert refused.value.conflict


def test_updating_what_does_not_exist_is_refused(rig: Rig) -> None:
    with pytest.raises(Rejected) as refused:
        rig.connector.deliver(request("update", display_name="x"))
    assert not refused.value.conflict


def test_deleting_what_does_not_exist_is_done(rig: Rig) -> None:
    rig.connector.deliver(request("delete"))


def test_looking_up_what_does_not_exist_finds_none(rig: Rig) -> None:
    assert rig.connector.look_up("customers", "ALFKI", key_field="customer_no") is None


def test_a_ping_of_a_remote_that_is_well_says_nothing(rig: Rig) -> None:
    rig.connector.ping()


@pytest.mark.parametrize(
    ("fault", "error", "applied"),
    [
        ("down", Unavailable, False),
        ("too_many", Unavailable, False),
        ("unauthorized", Misconfigured, False),
        ("server_error", Failed, False),
        ("reject", Rejected, False),
        ("lose_reply", OutcomeUnknown, True),
        ("rubbish", OutcomeUnknown, True),
    ],
)
def test_a_fault_is_told_for_what_it_is(
    rig: Rig, fault: str, error: type[DeliveryError], applied: bool
) -> None:
    rig.fail(fault)
    with pytest.raises(error):
        rig.connector.deliver(request("create", display_name="Alfreds"))
    rig.fail(None)
    assert bool(rig.effects()) is applied


@pytest.mark.parametrize("fault", ["server_error", "lose_reply", "rubbish"])
def test_repeating_after_an_unknown_outcome_has_one_effect(rig: Rig, fault: str) -> None:
    rig.fail(fault)
    with pytest.raises(DeliveryError) as failed:
        rig.connector.deliver(request("create", display_name="Alfreds"))
    assert failed.value.maybe_applied
    rig.fail(None)
    rig.connector.deliver(request("create", display_name="Alfreds"))
    assert rig.effects() == [("create", "ALFKI")]


def test_too_many_requests_says_how_long_to_wait(rig: Rig) -> None:
    rig.fail("too_many")
    with pytest.raises(Unavailable) as refused:
        rig.connector.deliver(request("create"))
    assert refused.value.retry_after == 1.0


@pytest.mark.parametrize(
    ("fault", "error"), [("down", Unavailable), ("unauthorized", Misconfigured)]
)
def test_a_ping_notices(rig: Rig, fault: str, error: type[DeliveryError]) -> None:
    rig.fail(fault)
    with pytest.raises(error):
        rig.connector.ping()


def test_what_a_remote_forgets_is_looked_up(rig: Rig) -> None:
    rig.fail("lose_reply")
    with pytest.raises(OutcomeUnknown):
        rig.connector.deliver(request("create", display_name="Alfreds"))
    rig.forget()
    held = rig.connector.look_up("customers", "ALFKI", key_field="customer_no")
    assert held is not None
    assert held["display_name"] == "Alfreds"
    with pytest.raises(Rejected) as refused:
        rig.connector.deliver(request("create", display_name="Alfreds"))
    assert refused.value.conflict
    assert rig.effects() == [("create", "ALFKI")]


def test_what_a_remote_forgets_is_applied_again(rig: Rig) -> None:
    rig.connector.deliver(request("create"))
    rig.forget()
    for _ in range(2):
        rig.connector.deliver(request("update", display_name="Alfreds", sequence=2))
    assert rig.effects() == [("create", "ALFKI"), ("update", "ALFKI"), ("update", "ALFKI")]
