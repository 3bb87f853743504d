"""Switched to forget, the remote keeps neither idempotency keys nor sequences."""

import pytest

from tests.demo_remote.client import ALICE, Client


@pytest.fixture
def client(client: Client) -> Client:
    client.switch(forgetful=True)
    return client


def test_it_applies_an_update_as_often_as_it_comes(client: Client) -> None:
    client.create(ALICE, idempotency_key="k1", sequence=1)
    for _ in range(2):
        reply = client.update("ALICE", {"phone": "1"}, idempotency_key="k2", sequence=2)
        assert reply.status_code == 200
    rows = [(row["operation"], row["idempotency_key"]) for row in client.ledger()]
    assert rows == [("create", "k1"), ("update", "k2"), ("update", "k2")]


def test_it_refuses_to_create_twice(client: Client) -> None:
    client.create(ALICE, idempotency_key="k1")
    reply = client.create(ALICE, idempotency_key="k1")
    assert (reply.status_code, reply.json()["error"]) == (409, "already_exists")


def test_it_takes_an_older_edit_after_a_newer(client: Client) -> None:
    client.create(ALICE, sequence=5)
    assert client.update("ALICE", {"phone": "1"}, sequence=4).json()["sequence"] is None
    assert [row["sequence"] for row in client.ledger()] == [5, 4]


def test_it_forgets_what_comes_in_a_batch(client: Client) -> None:
    client.create(ALICE)
    update = {"method": "PATCH", "path": "/customers/ALICE", "idempotency_key": "k", "body": {}}
    for _ in range(2):
        assert client.batch(update).json()["items"][0]["status"] == 200
    assert len(client.ledger()) == 3


def test_it_may_forget_one_record_only(client: Client) -> None:
    client.create(ALICE)
    client.create({"customer_no": "BOB"})
    client.switch(forgetful=True, key="ALICE")
    updates: list[dict[str, object]] = [
        {"method": "PATCH", "path": f"/customers/{key}", "idempotency_key": key, "body": {}}
        for key in ("ALICE", "BOB")
    ]
    for _ in range(2):
        client.batch(*updates)
    assert [row["key"] for row in client.ledger()[2:]] == ["ALICE", "BOB", "ALICE"]


def test_it_remembers_again_what_came_before(client: Client) -> None:
    client.switch()
    client.create(ALICE, idempotency_key="k1")
    client.switch(forgetful=True)
    assert client.create(ALICE, idempotency_key="k1").status_code == 409
    client.switch()
    assert client.create(ALICE, idempotency_key="k1").headers["Idempotent-Replayed"] == "true"
