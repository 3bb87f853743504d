import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from demo_remote.server import RunningRemote, start
from tests.demo_remote.client import ALICE, TOKEN, Client, path_of

ALL_OFF = {
    "down": False,
    "slow_seconds": 0,
    "reject": False,
    "lose_reply": False,
    "server_error": False,
    "rubbish": False,
    "too_many": False,
    "unauthorized": False,
    "forgetful": False,
    "key": None,
    "times": None,
}

WITHOUT_APPLYING = [
    ("down", 503, "down"),
    ("unauthorized", 401, "unauthorized"),
    ("too_many", 429, "too_many_requests"),
    ("server_error", 500, "server_error"),
    ("reject", 422, "rejected"),
]


@pytest.mark.parametrize(("switch", "status", "error"), WITHOUT_APPLYING)
def test_it_answers_the_fault_and_applies_nothing(
    client: Client, switch: str, status: int, error: str
) -> None:
    client.switch(**{switch: True})
    reply = client.create(ALICE)
    assert (reply.status_code, reply.json()["error"]) == (status, error)
    assert client.ledger() == []


@pytest.mark.parametrize(("switch", "status", "error"), WITHOUT_APPLYING)
def test_it_keeps_no_reply_of_a_fault_for_the_idempotency_key(
    client: Client, switch: str, status: int, error: str
) -> None:
    client.switch(**{switch: True})
    client.create(ALICE, idempotency_key="k1")
    client.switch()
    reply = client.create(ALICE, idempotency_key="k1")
    assert reply.status_code == 201
    assert "Idempotent-Replayed" not in reply.headers


def test_it_says_when_to_come_again(client: Client) -> None:
    client.switch(too_many=True)
    assert client.create(ALICE).headers["Retry-After"] == "1"


def test_it_names_the_switch_that_rejected(client: Client) -> None:
    client.switch(reject=True)
    assert client.create(ALICE).json() == {"error": "rejected", "detail": "Refused by switch"}


def test_it_rejects_nothing_that_it_has_applied(client: Client) -> None:
    client.switch(lose_reply=True)
    with pytest.raises(requests.ConnectionError):
        client.create(ALICE, idempotency_key="k1")
    client.switch(reject=True)
    assert client.create(ALICE, idempotency_key="k1").status_code == 201
    assert client.create(ALICE, idempotency_key="k2").status_code == 422


def test_it_is_down_before_it_looks_at_the_token(remote: RunningRemote, client: Client) -> None:
    client.switch(down=True)
    assert requests.get(f"{remote.url}/api/ping").status_code == 503


def test_it_loses_the_reply_but_not_the_effect(client: Client) -> None:
    client.switch(lose_reply=True)
    with pytest.raises(requests.ConnectionError):
        client.create(ALICE, idempotency_key="k1")
    assert client.show("ALICE").status_code == 200
    client.switch()
    again = client.create(ALICE, idempotency_key="k1")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert len(client.ledger()) == 1


def test_it_loses_a_refusal_too(client: Client, alice: object) -> None:
    client.switch(lose_reply=True)
    for body in (b'{"customer_no": "ALICE"}', b"["):
        with pytest.raises(requests.ConnectionError):
            client.send("POST", "/api/customers", data=body)


def test_it_answers_rubbish_but_applies(client: Client) -> None:
    client.switch(rubbish=True)
    reply = client.create(ALICE, idempotency_key="k1")
    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/html")
    assert client.show("ALICE").status_code == 200
    client.switch()
    assert client.create(ALICE, idempotency_key="k1").status_code == 201


def test_it_is_slow_and_then_applies(client: Client) -> None:
    client.switch(slow_seconds=0.2)
    began = time.monotonic()
    assert client.create(ALICE).status_code == 201
    assert time.monotonic() - began >= 0.2


def test_it_is_slow_together_with_another_fault(client: Client) -> None:
    client.switch(slow_seconds=0.2, server_error=True)
    began = time.monotonic()
    assert client.create(ALICE).status_code == 500
    assert time.monotonic() - began >= 0.2


def test_it_applies_nothing_that_still_waits_when_it_stops(database: Path) -> None:
    with start(database, TOKEN) as running:
        client = Client(running.url)
        client.switch(slow_seconds=60, times=1)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(client.create, ALICE)
            while client.switched()["times"]:  # until the request has been taken
                pass
            running.stop()
            assert isinstance(waiting.exception(timeout=5), requests.ConnectionError)
    with start(database, TOKEN) as running:
        assert Client(running.url).ledger() == []


def test_it_leaves_no_thread_when_it_stops_while_slow(database: Path) -> None:
    before = set(threading.enumerate())
    with start(database, TOKEN) as running:
        client = Client(running.url)
        client.switch(slow_seconds=60)
        with pytest.raises(requests.ReadTimeout):
            requests.get(
                f"{running.url}/api/ping", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=0.1
            )
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=5)
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("switch", ["reject", "lose_reply", "rubbish", "too_many"])
def test_it_still_answers_reads(client: Client, alice: object, switch: str) -> None:
    client.switch(**{switch: True})
    assert client.show("ALICE").json() == alice
    assert client.get("/api/customers").json()["items"] == [alice]


@pytest.mark.parametrize(
    ("switch", "status"), [("down", 503), ("server_error", 500), ("unauthorized", 401)]
)
def test_it_fails_reads(client: Client, alice: object, switch: str, status: int) -> None:
    client.switch(**{switch: True})
    assert client.show("ALICE").status_code == status
    assert client.get("/api/customers").status_code == status


@pytest.mark.parametrize(
    ("switch", "status"),
    [("down", 503), ("server_error", 500), ("unauthorized", 401), ("too_many", 429)],
)
def test_it_fails_a_ping(client: Client, switch: str, status: int) -> None:
    client.switch(**{switch: True})
    assert client.get("/api/ping").status_code == status


@pytest.mark.parametrize("switch", ["reject", "lose_reply", "rubbish"])
def test_it_answers_a_ping_though_it_fails_writes(client: Client, switch: str) -> None:
    client.switch(**{switch: True})
    assert client.get("/api/ping").json() == {"ok": True}


def test_it_always_shows_the_ledger(client: Client) -> None:
    client.switch(down=True, unauthorized=True, server_error=True)
    assert client.get("/api/ledger").status_code == 200


def test_it_strikes_only_the_given_key(client: Client) -> None:
    client.switch(down=True, key="A/B")
    assert client.create({"customer_no": "A/B"}).status_code == 503
    assert client.send("PATCH", path_of("A/B"), json={}).status_code == 503
    assert client.show("A/B").status_code == 503
    assert client.create(ALICE).status_code == 201
    assert client.get("/api/ping").status_code == 200
    assert client.send("POST", "/api/customers", data=b"[").status_code == 400


def test_it_clears_all_switches_after_so_many_times(client: Client) -> None:
    client.switch(server_error=True, slow_seconds=0.01, times=2)
    statuses = [client.create(ALICE).status_code for _ in range(3)]
    assert statuses == [500, 500, 201]
    assert client.switched() == ALL_OFF


def test_it_counts_down_only_for_requests_it_strikes(client: Client, alice: object) -> None:
    client.switch(reject=True, key="ALICE", times=2)
    client.show("ALICE")
    client.create({"customer_no": "BOB"})
    client.ledger()
    assert client.switched()["times"] == 2
    client.update("ALICE", {})
    assert client.switched()["times"] == 1


def test_it_forgets_the_switches_when_it_stops(database: Path) -> None:
    with start(database, TOKEN) as running:
        Client(running.url).switch(down=True)
    with start(database, TOKEN) as running:
        assert Client(running.url).switched() == ALL_OFF
