import hashlib
import json
from datetime import UTC, datetime

import pytest

from tests.demo_remote.client import ALICE, Client


def test_it_writes_down_each_applied_effect_in_order(client: Client) -> None:
    client.create(ALICE, sequence=1, idempotency_key="k1")
    client.update("ALICE", {"phone": "1"}, sequence=2, idempotency_key="k2")
    client.delete("ALICE")
    rows = [
        (row["position"], row["operation"], row["sequence"], row["idempotency_key"])
        for row in client.ledger()
    ]
    assert rows == [(1, "create", 1, "k1"), (2, "update", 2, "k2"), (3, "delete", None, None)]


def test_it_tells_what_was_sent_about_whom_and_when(client: Client) -> None:
    body = b'{"customer_no": "ALICE",  "phone": "\xc3\xa9"}'
    client.send("POST", "/api/customers", data=body)
    (row,) = client.ledger()
    assert (row["collection"], row["key"]) == ("customers", "ALICE")
    assert row["body"] == body.decode()
    assert row["body_sha256"] == hashlib.sha256(body).hexdigest()
    assert abs(datetime.now(UTC) - datetime.fromisoformat(row["at"])).total_seconds() < 60


def test_it_shows_no_body_for_a_delete(client: Client, alice: object) -> None:
    client.delete("ALICE")
    assert client.ledger()[-1]["body"] is None


def test_it_writes_nothing_down_for_refusals_and_repeats(client: Client) -> None:
    client.create(ALICE, idempotency_key="k1")
    client.create(ALICE, idempotency_key="k1")
    client.create(ALICE)
    client.update("BOB", {})
    client.update("ALICE", {"credit_limit": "1"})
    assert [json.loads(row["body"]) for row in client.ledger()] == [ALICE]


def test_it_reads_on_from_a_position(client: Client) -> None:
    for key in ("ALICE", "BOB", "CHARLIE"):
        client.create({"customer_no": key})
    items = client.get("/api/ledger?after=1&limit=1").json()["items"]
    assert [item["key"] for item in items] == ["BOB"]


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=10001"])
def test_it_refuses_numbers_out_of_range(client: Client, query: str) -> None:
    assert client.get(f"/api/ledger?{query}").status_code == 400
