from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.demo_remote.client import ALICE, Client

REPLAYED = "Idempotent-Replayed"


def test_it_replays_the_first_reply_for_a_repeated_key(client: Client) -> None:
    first = client.create(ALICE, idempotency_key="k1")
    again = client.create(ALICE, idempotency_key="k1")
    assert (again.status_code, again.content) == (201, first.content)
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert len(client.ledger()) == 1


def test_it_replays_even_after_later_changes(client: Client, alice: object) -> None:
    first = client.update("ALICE", {"phone": "1"}, idempotency_key="k1")
    client.update("ALICE", {"phone": "2"}, idempotency_key="k2")
    assert client.update("ALICE", {"phone": "1"}, idempotency_key="k1").json() == first.json()
    assert client.show("ALICE").json()["phone"] == "2"


def test_it_replays_a_delete(client: Client, alice: object) -> None:
    client.delete("ALICE", idempotency_key="k1")
    again = client.delete("ALICE", idempotency_key="k1")
    assert (again.status_code, again.headers[REPLAYED]) == (200, "true")


def test_it_replays_a_refusal(client: Client) -> None:
    assert client.update("ALICE", {}, idempotency_key="k1").status_code == 404
    client.create(ALICE)
    again = client.update("ALICE", {}, idempotency_key="k1")
    assert (again.status_code, again.headers[REPLAYED]) == (404, "true")


def test_it_keeps_no_reply_to_a_body_it_cannot_read(client: Client) -> None:
    path = "/api/customers"
    assert client.send("POST", path, data=b"[", idempotency_key="k1").status_code == 400
    assert client.create(ALICE, idempotency_key="k1").status_code == 201


def test_it_refuses_a_key_with_another_body(client: Client, alice: object) -> None:
    client.update("ALICE", {"phone": "1"}, idempotency_key="k1")
    reply = client.update("ALICE", {"phone": "2"}, idempotency_key="k1")
    assert reply.status_code == 422
    assert reply.json()["error"] == "idempotency_key_reused"
    assert client.show("ALICE").json()["phone"] == "1"


def test_it_refuses_a_key_with_another_path(client: Client, alice: object) -> None:
    client.create({"customer_no": "BOB"})
    client.update("ALICE", {}, idempotency_key="k1")
    assert client.update("BOB", {}, idempotency_key="k1").status_code == 422


def test_it_refuses_a_key_with_another_method(client: Client, alice: object) -> None:
    client.send("PATCH", "/api/customers/ALICE", data=b"{}", idempotency_key="k1")
    reply = client.send("DELETE", "/api/customers/ALICE", data=b"{}", idempotency_key="k1")
    assert reply.json()["error"] == "idempotency_key_reused"


def test_it_replays_the_first_reply_also_after_a_reuse(client: Client) -> None:
    client.create(ALICE, idempotency_key="k1")
    client.create({"customer_no": "BOB"}, idempotency_key="k1")
    assert client.create(ALICE, idempotency_key="k1").status_code == 201


def test_it_applies_once_when_one_key_comes_many_times_at_once(client: Client) -> None:
    def create(_: int) -> tuple[int, bytes, bool]:
        own = Client(client.url)  # a connection of its own
        with own.session:
            reply = own.create(ALICE, idempotency_key="k1")
            return reply.status_code, reply.content, REPLAYED in reply.headers

    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(create, range(48)))
    assert {(status, body) for status, body, _ in replies} == {(201, replies[0][1])}
    assert [replayed for *_, replayed in replies].count(False) == 1
    assert len(client.ledger()) == 1


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_it_refuses_a_key_of_the_wrong_length(client: Client, key: str) -> None:
    reply = client.create(ALICE, idempotency_key=key)
    assert (reply.status_code, reply.json()["field"]) == (400, "Idempotency-Key")


def test_it_takes_a_key_of_255_characters(client: Client) -> None:
    assert client.create(ALICE, idempotency_key="k" * 255).status_code == 201
