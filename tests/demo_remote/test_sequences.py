import pytest

from tests.demo_remote.client import ALICE, Client


@pytest.fixture
def client(client: Client) -> Client:
    """Alice exists, her last applied sequence is 5."""
    client.create(ALICE, sequence=5, idempotency_key="five")
    return client


def test_it_shows_the_last_applied_sequence(client: Client) -> None:
    assert client.show("ALICE").json()["sequence"] == 5
    assert client.update("ALICE", {}, sequence=8).json()["sequence"] == 8


@pytest.mark.parametrize("sequence", [4, 5])
def test_it_refuses_a_stale_sequence(client: Client, sequence: int) -> None:
    reply = client.update("ALICE", {"phone": "1"}, sequence=sequence, idempotency_key="other")
    assert reply.status_code == 409
    assert (reply.json()["error"], reply.json()["sequence"]) == ("stale_sequence", 5)
    assert "phone" not in client.show("ALICE").json()
    assert len(client.ledger()) == 1


def test_it_replays_rather_than_refuses_the_same_idempotency_key(client: Client) -> None:
    client.update("ALICE", {"phone": "1"}, sequence=6)
    reply = client.create(ALICE, sequence=5, idempotency_key="five")
    assert (reply.status_code, reply.headers["Idempotent-Replayed"]) == (201, "true")


def test_it_does_not_check_a_write_without_a_sequence(client: Client) -> None:
    reply = client.update("ALICE", {"phone": "1"})
    assert (reply.status_code, reply.json()["sequence"]) == (200, 5)


def test_it_remembers_the_sequence_across_deletion(client: Client) -> None:
    assert client.delete("ALICE", sequence=6).json()["sequence"] == 6
    assert client.create(ALICE, sequence=6).json()["error"] == "stale_sequence"
    assert client.update("ALICE", {}, sequence=5).json()["error"] == "stale_sequence"
    assert client.create(ALICE, sequence=7).json()["sequence"] == 7


def test_it_keeps_the_sequence_when_created_again_without_one(client: Client) -> None:
    client.delete("ALICE")
    assert client.create(ALICE).json()["sequence"] == 5


def test_it_does_not_advance_on_a_refused_write(client: Client) -> None:
    assert client.update("ALICE", {"credit_limit": "1"}, sequence=9).status_code == 422
    assert client.update("ALICE", {}, sequence=6).status_code == 200


def test_it_counts_each_record_apart(client: Client) -> None:
    assert client.create({"customer_no": "BOB"}, sequence=1).status_code == 201
    product = client.send("POST", "/api/products", json={"item_no": "ALICE"}, sequence=1)
    assert product.status_code == 201


@pytest.mark.parametrize("sequence", ["0", "-1", "1.5", "x", "٣", 2**63, "9" * 5000])
def test_it_refuses_what_is_no_sequence(client: Client, sequence: object) -> None:
    header = str(sequence).encode()
    reply = client.session.patch(
        f"{client.url}/api/customers/ALICE",
        json={},
        headers={"Authorization": "Bearer demo-token", "Outbox-Sequence": header},
    )
    assert (reply.status_code, reply.json()["field"]) == (400, "Outbox-Sequence")
