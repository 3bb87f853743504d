import json
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.demo_remote.client import ALICE, Client
from tests.demo_remote.test_faults import WITHOUT_APPLYING

BOB = {"customer_no": "BOB"}


def item(method: str, key: str, body: object = None, **members: Any) -> dict[str, Any]:
    """An item about a customer; `idempotency_key` and `sequence` may be given."""
    path = "/customers" if method == "POST" else f"/customers/{quote(key, safe='')}"
    made = {"method": method, "path": path, "idempotency_key": f"{method} {key}", **members}
    return made if body is None else {**made, "body": body}


def statuses(reply: requests.Response) -> list[int]:
    return [told["status"] for told in reply.json()["items"]]


def test_it_applies_each_item(client: Client, alice: object) -> None:
    client.create(BOB)
    reply = client.batch(
        item("POST", "CAROL", {"customer_no": "CAROL"}),
        item("PATCH", "ALICE", {"phone": "1"}, sequence=7),
        item("DELETE", "BOB"),
    )
    assert reply.status_code == 207
    assert statuses(reply) == [201, 200, 200]
    assert [row["operation"] for row in client.ledger()[2:]] == ["create", "update", "delete"]
    assert client.show("ALICE").json()["phone"] == "1"
    assert client.ledger()[3]["sequence"] == 7


def test_it_answers_each_item_as_it_would_alone(client: Client) -> None:
    reply = client.batch(item("POST", "ALICE", ALICE, idempotency_key="k1"))
    (told,) = reply.json()["items"]
    assert told == {"idempotency_key": "k1", "status": 201, "body": client.show("ALICE").json()}


def test_a_refused_item_leaves_the_others_alone(client: Client) -> None:
    reply = client.batch(
        item("PATCH", "NOBODY", {}),
        item("POST", "ALICE", {"customer_no": "ALICE", "credit_limit": "1"}),
        item("POST", "BOB", BOB),
    )
    assert statuses(reply) == [404, 422, 201]
    assert [row["key"] for row in client.ledger()] == ["BOB"]


def test_a_key_may_hold_any_character(client: Client) -> None:
    client.create({"customer_no": "A/B"})
    assert statuses(client.batch(item("PATCH", "A/B", {"phone": "1"}))) == [200]


def test_it_repeats_the_reply_to_an_item_whether_it_came_alone_or_not(client: Client) -> None:
    client.send("POST", "/api/customers", data=json.dumps(BOB, separators=(",", ":")).encode())
    alone = client.send(
        "PATCH", "/api/customers/BOB", data=b'{"a":"1","b":"2"}', idempotency_key="k1", sequence=2
    )
    together = item("PATCH", "BOB", {"b": "2", "a": "1"}, idempotency_key="k1", sequence=2)
    for _ in range(2):
        (told,) = client.batch(together).json()["items"]
        assert (told["status"], told["body"]) == (200, alone.json())
    assert len(client.ledger()) == 2


def test_it_refuses_an_item_whose_key_belongs_to_another_request(client: Client) -> None:
    client.batch(item("POST", "ALICE", ALICE, idempotency_key="k1"))
    reply = client.batch(item("POST", "BOB", BOB, idempotency_key="k1"))
    assert statuses(reply) == [422]


def test_it_refuses_a_stale_item_and_names_its_own_sequence(client: Client) -> None:
    client.create(ALICE, sequence=5)
    (told,) = client.batch(item("PATCH", "ALICE", {}, sequence=5)).json()["items"]
    assert (told["status"], told["body"]["sequence"]) == (409, 5)


@pytest.mark.parametrize(
    ("odd", "status"),
    [
        ({"method": "GET"}, 404),
        ({"method": "PUT"}, 404),
        ({"method": 7}, 400),
        ({"path": None}, 400),
        ({"path": "/batch"}, 404),
        ({"path": "/nothing"}, 404),
        ({"path": "customers"}, 404),
        ({"path": "/%FF"}, 400),
        ({"path": "/ledger"}, 404),
        ({"sequence": "5"}, 400),
        ({"sequence": 0}, 400),
        ({"sequence": True}, 400),
        ({"idempotency_key": ""}, 400),
        ({"idempotency_key": "k" * 256}, 400),
        ({"body": [1]}, 400),
        ({"body": None}, 400),
    ],
)
def test_an_item_that_is_no_write_is_refused_alone(
    client: Client, odd: dict[str, object], status: int
) -> None:
    reply = client.batch(item("POST", "ALICE", ALICE) | odd, item("POST", "BOB", BOB))
    assert statuses(reply) == [status, 201]


@pytest.mark.parametrize(
    "items",
    [
        None,
        {},
        "text",
        [7],
        [item("POST", "ALICE", ALICE), []],
        [{"method": "POST", "path": "/customers", "body": ALICE}],
        [item("POST", "ALICE", ALICE, idempotency_key=7)],
        [item("POST", "ALICE", ALICE), item("POST", "ALICE", ALICE)],
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(client: Client, items: object) -> None:
    reply = client.send("POST", "/api/batch", json={"items": items})
    assert (reply.status_code, reply.json()["error"]) == (400, "bad_batch")
    assert client.ledger() == []


def test_an_empty_batch_changes_nothing(client: Client) -> None:
    assert client.batch().json() == {"items": []}


def test_it_refuses_more_than_a_thousand_items(client: Client) -> None:
    many = [item("GET", f"N{number}") for number in range(1001)]
    reply = client.batch(*many)
    assert (reply.status_code, reply.json()["error"]) == (413, "too_large")
    assert "1000" in reply.json()["detail"]
    assert statuses(client.batch(*many[1:])) == [404] * 1000


def test_it_refuses_a_batch_above_four_mebibytes(client: Client) -> None:
    fits = json.dumps({"items": [item("POST", "ALICE", ALICE)]}).encode().ljust(4 * 1024 * 1024)
    reply = client.send("POST", "/api/batch", data=fits + b" ")
    assert reply.status_code == 413
    assert "4194304" in reply.json()["detail"]
    assert client.send("POST", "/api/batch", data=fits).status_code == 207


def test_it_takes_a_batch_by_post_only(client: Client) -> None:
    assert client.get("/api/batch").status_code == 405


def test_it_asks_for_the_token(client: Client) -> None:
    reply = requests.post(f"{client.url}/api/batch", json={"items": []})
    assert reply.status_code == 401


@pytest.mark.parametrize(("switch", "status", "error"), WITHOUT_APPLYING)
def test_a_fault_strikes_the_batch(client: Client, switch: str, status: int, error: str) -> None:
    client.switch(**{switch: True}, times=1)
    reply = client.batch(item("POST", "ALICE", ALICE), item("POST", "BOB", BOB))
    assert (reply.status_code, reply.json()["error"]) == (status, error)
    assert client.ledger() == []
    assert client.switched()[switch] is False


@pytest.mark.parametrize(("switch", "status", "error"), WITHOUT_APPLYING)
def test_a_fault_about_a_key_strikes_its_item(
    client: Client, switch: str, status: int, error: str
) -> None:
    client.switch(**{switch: True}, key="ALICE", times=1)
    reply = client.batch(item("POST", "ALICE", ALICE), item("POST", "BOB", BOB))
    assert statuses(reply) == [status, 201]
    assert reply.json()["items"][0]["body"]["error"] == error
    assert client.switched()[switch] is False


def test_a_lost_reply_to_a_batch_loses_no_effect(client: Client) -> None:
    client.switch(lose_reply=True)
    with pytest.raises(requests.ConnectionError):
        client.batch(item("POST", "ALICE", ALICE), item("POST", "BOB", BOB))
    assert len(client.ledger()) == 2


def test_a_lost_reply_to_an_item_is_left_out(client: Client) -> None:
    client.switch(lose_reply=True, key="ALICE")
    reply = client.batch(item("POST", "ALICE", ALICE), item("POST", "BOB", BOB))
    assert [told["idempotency_key"] for told in reply.json()["items"]] == ["POST BOB"]
    assert len(client.ledger()) == 2


def test_a_rubbish_reply_to_an_item_is_text(client: Client) -> None:
    client.switch(rubbish=True, key="ALICE")
    told, _ = client.batch(item("POST", "ALICE", ALICE), item("POST", "BOB", BOB)).json()["items"]
    assert told["status"] == 200
    assert told["body"].startswith("<!doctype html>")
    assert len(client.ledger()) == 2


def test_a_fault_that_strikes_a_batch_is_counted_once(client: Client) -> None:
    client.switch(rubbish=True, times=3)
    reply = client.batch(item("POST", "ALICE", ALICE), item("POST", "BOB", BOB))
    assert reply.headers["Content-Type"].startswith("text/html")
    assert client.switched()["times"] == 2
    assert len(client.ledger()) == 2
