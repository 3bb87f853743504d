"""409 and 412 after a try of unknown outcome: the remote is looked at before it is believed."""

import pytest
from pytest_django import Settings

from outbox.models import Outcome, State
from tests.faults.journey import (
    SetUrl,
    arrive,
    assert_repeated_alike,
    case,
    change,
    create,
    delete,
    outcomes,
    replay_dead,
)
from tests.faults.proxy import Fault, FaultProxy, Visit, passes_on
from tests.faults.ways_to_fail import answers, drops_the_reply, is_silent, writes
from tests.outbox.situations import drain, pass_time, states
from tests.processes.ledger import DemoRemoteClient, judge

CONFLICTS = (409, 412)


@pytest.fixture(autouse=True)
def _short_waits(proxy: FaultProxy, set_url: SetUrl, settings: Settings) -> None:
    """The second try comes while the first may still be at work: for 6 s."""
    set_url(proxy.url, deadline=1)
    settings.OUTBOX = settings.OUTBOX | {"backoff_first": 1, "grace": 5}


def conflict(status: int) -> Fault:
    """As from a remote that has forgotten our key, and does not say which edit it holds."""
    return writes(answers(status, {"detail": "Conflict."}))


def move(key: str) -> None:
    change(key, city="Berlin")


def drain_with(proxy: FaultProxy, fault: Fault) -> list[str]:
    """The methods of the requests that arrived."""
    proxy.requests.clear()
    proxy.fault = fault
    drain()
    return [request.method for request in proxy.requests]


def test_what_was_applied_is_found(proxy: FaultProxy, remote: DemoRemoteClient) -> None:
    for status in CONFLICTS:
        key = f"C-{status}"
        for method, edit in (("POST", create), ("PATCH", move), ("DELETE", delete)):
            with case(f"{method}, {status}"):
                edit(key)
                drain_with(proxy, drops_the_reply)
                pass_time(2)
                # A look-up that finds nothing is followed by a ping.
                asked = drain_with(proxy, conflict(status))
                assert asked == [method, "GET"] + ["GET"] * (method == "DELETE")
        assert states(key) == [State.DELIVERED] * 3
        assert outcomes(key) == [Outcome.UNKNOWN, Outcome.DELIVERED] * 3
    assert not judge(remote), judge(remote)


def test_what_was_not_applied_is_tried_again_and_then_refused(
    proxy: FaultProxy, remote: DemoRemoteClient
) -> None:
    for status in CONFLICTS:
        key = f"C-{status}"
        create(key)
        drain_with(proxy, passes_on)
        move(key)
        with case(str(status)):
            drain_with(proxy, is_silent)
            pass_time(2)
            assert drain_with(proxy, conflict(status)) == ["PATCH", "GET"]
            assert states(key)[-1] == State.PENDING, "the first try may be at work still"
            pass_time(6)
            assert drain_with(proxy, conflict(status)) == ["PATCH", "GET"]
            assert states(key)[-1] == State.DEAD
            assert outcomes(key)[1:] == [Outcome.UNKNOWN, Outcome.RETRY, Outcome.REJECTED]
    proxy.fault = passes_on
    replay_dead()
    arrive()
    assert not judge(remote), judge(remote)


def test_without_an_unknown_try_a_conflict_is_a_refusal(proxy: FaultProxy) -> None:
    for status in CONFLICTS:
        with case(str(status)):
            key = f"C-{status}"
            create(key)
            drain_with(proxy, passes_on)
            move(key)
            assert drain_with(proxy, conflict(status)) == ["PATCH"]
            assert states(key) == [State.DELIVERED, State.DEAD]


def test_a_look_up_that_fails_decides_nothing(proxy: FaultProxy, remote: DemoRemoteClient) -> None:
    def conflict_and_silence(visit: Visit) -> None:
        (is_silent if visit.head().startswith(b"GET ") else conflict(409))(visit)

    create("ALFKI")
    drain_with(proxy, drops_the_reply)
    pass_time(6)
    assert drain_with(proxy, conflict_and_silence) == ["POST", "GET"]
    assert states("ALFKI") == [State.PENDING]
    proxy.fault = passes_on
    arrive()
    assert_repeated_alike(proxy)
    assert not judge(remote), judge(remote)
