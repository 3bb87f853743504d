import pytest
import requests

from demo_remote.server import RunningRemote

PATHS = ["/api/ping", "/api/customers", "/api/customers/ALICE", "/api/ledger", "/api/nowhere"]


@pytest.mark.parametrize("path", PATHS)
def test_it_refuses_a_request_without_a_token(remote: RunningRemote, path: str) -> None:
    reply = requests.get(remote.url + path)
    assert (reply.status_code, reply.json()["error"]) == (401, "unauthorized")


@pytest.mark.parametrize(
    "value", ["Bearer wrong", "Bearer", "Basic demo-token", "demo-token", b"Bearer \xe9"]
)
def test_it_refuses_a_wrong_token(remote: RunningRemote, value: str) -> None:
    reply = requests.get(f"{remote.url}/api/ping", headers={"Authorization": value})
    assert reply.status_code == 401


def test_it_applies_nothing_without_a_token(remote: RunningRemote) -> None:
    reply = requests.post(f"{remote.url}/api/customers", json={"customer_no": "CHARLIE"})
    assert reply.status_code == 401
    state = requests.get(f"{remote.url}/control/state").json()
    assert state["applied"] == 0
