import pytest
import requests

from tests.demo_remote.client import Client
from tests.demo_remote.test_faults import ALL_OFF


def test_it_replaces_the_whole_state_of_the_switches(client: Client) -> None:
    client.switch(down=True, key="ALICE", times=3)
    reply = client.put("faults", {"slow_seconds": 1.5})
    assert reply.json() == {**ALL_OFF, "slow_seconds": 1.5}
    assert client.switched() == reply.json()


@pytest.mark.parametrize(
    "members",
    [
        {"broken": True},
        {"down": 1},
        {"down": None},
        {"slow_seconds": "1"},
        {"slow_seconds": -1},
        {"slow_seconds": True},
        {"slow_seconds": 601},
        {"key": 7},
        {"key": ""},
        {"times": 0},
        {"times": True},
        {"times": 1.5},
    ],
)
def test_it_refuses_unknown_switches_and_wrong_types(
    client: Client, members: dict[str, object]
) -> None:
    client.switch(reject=True)
    reply = client.put("faults", members)
    assert (reply.status_code, reply.json()["field"]) == (400, next(iter(members)))
    assert client.switched()["reject"] is True


def test_it_refuses_switches_that_are_no_object(client: Client) -> None:
    assert client.put("faults", [1]).status_code == 400


def test_it_changes_the_value_it_owns(client: Client, alice: dict[str, object]) -> None:
    reply = client.put("entities/customers/ALICE", {"credit_limit": "1234.5"})
    assert (reply.status_code, reply.json()) == (200, {**alice, "credit_limit": "1234.50"})
    assert client.show("ALICE").json()["credit_limit"] == "1234.50"


def test_it_keeps_the_value_it_owns_through_later_writes(client: Client, alice: object) -> None:
    client.put("entities/customers/ALICE", {"credit_limit": "1.00"})
    assert client.update("ALICE", {"phone": "1"}).json()["credit_limit"] == "1.00"


@pytest.mark.parametrize("value", ["", "x", "1.234", "1e5", "NaN", 5, None, "9" * 13, "١"])
def test_it_refuses_an_owned_value_that_is_no_decimal_text(
    client: Client, alice: object, value: object
) -> None:
    reply = client.put("entities/customers/ALICE", {"credit_limit": value})
    assert (reply.status_code, reply.json()["field"]) == (422, "credit_limit")


def test_it_changes_no_other_field_from_the_page(client: Client, alice: object) -> None:
    assert client.put("entities/customers/ALICE", {"phone": "1"}).status_code == 422


def test_it_changes_no_missing_or_deleted_entity(client: Client, alice: object) -> None:
    client.delete("ALICE")
    for path in ("entities/customers/ALICE", "entities/customers/BOB", "entities/suppliers/X"):
        assert client.put(path, {"credit_limit": "1.00"}).status_code == 404


def test_it_refuses_a_control_request_of_another_site(client: Client) -> None:
    for origin in ("https://evil.example", "null", "http://[", ""):
        assert client.put("faults", {"down": True}, Origin=origin).status_code == 403
    assert client.switched() == ALL_OFF


def test_it_takes_a_control_request_of_its_own_page(client: Client) -> None:
    assert client.put("faults", {"down": True}, Origin=client.url).status_code == 200


def test_it_refuses_a_control_request_that_a_form_could_send(client: Client) -> None:
    reply = requests.put(
        f"{client.url}/control/faults",
        data='{"down": true}',
        headers={"Content-Type": "text/plain"},
    )
    assert reply.status_code == 415


def test_it_shows_the_state_for_the_page(client: Client, alice: object) -> None:
    client.create({"customer_no": "BOB"})
    state = client.session.get(f"{client.url}/control/state").json()
    customers, products = state["collections"]
    assert [item["key"] for item in customers["items"]] == ["BOB", "ALICE"]
    assert (customers["count"], products["count"], state["applied"]) == (2, 0, 2)
    assert [row["key"] for row in state["ledger"]] == ["BOB", "ALICE"]
    assert state["faults"] == ALL_OFF


def test_it_shows_the_50_changed_last_and_counts_all(client: Client) -> None:
    for number in range(52):
        client.create({"customer_no": f"N{number}"})
    client.update("N0", {"phone": "1"})
    customers = client.session.get(f"{client.url}/control/state").json()["collections"][0]
    assert (customers["count"], len(customers["items"])) == (52, 50)
    assert customers["items"][0]["key"] == "N0"


@pytest.mark.parametrize("path", ["/control/nothing", "/control", "/control/entities/customers"])
def test_it_has_no_other_control(client: Client, path: str) -> None:
    assert client.session.get(client.url + path).status_code == 404


def test_it_names_the_methods_a_control_has(client: Client) -> None:
    assert client.put("state", {}).status_code == 405
