"""Too many requests: the remote says when to come again, and is believed within bounds."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from outbox.models import Attempt, Message, Outcome, State
from tests.faults.journey import arrive, case, create, outcomes
from tests.faults.proxy import FaultProxy, passes_on
from tests.faults.ways_to_fail import answers
from tests.outbox.situations import drain, pass_time, states
from tests.processes.ledger import DemoRemoteClient, judge

#: The longest wait that is granted, and the longest that is chosen here, in seconds.
GRANTED, CHOSEN = 3600, 15


def said(value: str | timedelta) -> str:
    """As a header has it; a time from now as a date."""
    if isinstance(value, timedelta):
        return format_datetime(datetime.now(UTC) + value, usegmt=True)
    return value.encode().decode("latin-1")


OBEYED: dict[str, tuple[str | timedelta, float]] = {
    "seconds": ("100", 100),
    "a date": (timedelta(seconds=100), 100),
    "30 years": ("1000000000", GRANTED),
    "400 digits": ("9" * 400, GRANTED),
    "a date in 10 years": (timedelta(days=3650), GRANTED),
}
NOT_OBEYED: dict[str, str | timedelta] = {
    "nothing": "",
    "0": "0",
    "negative": "-5",
    "1e9": "1e9",
    "words": "soon",
    "digits of another script": "٣",
    "a date that is past": timedelta(seconds=-100),
    "a date of a time zone that cannot be": f"Sun, 06 Nov 1994 08:49:37 +{'9' * 20}",
}


def test_nothing_is_sent_before_the_remote_wants_it(
    proxy: FaultProxy, remote: DemoRemoteClient
) -> None:
    for number, (name, (value, seconds)) in enumerate(OBEYED.items()):
        with case(name):
            refused, behind = f"REFUSED-{number}", f"BEHIND-{number}"
            create(refused)
            proxy.requests.clear()
            proxy.fault = answers(429, headers={"Retry-After": said(value)})
            drain()
            proxy.fault = passes_on
            create(behind)
            pass_time(seconds - 20)
            drain()
            assert len(proxy.requests) == 1
            pass_time(40)
            drain()
            assert states(refused) == states(behind) == [State.DELIVERED]
    assert set(Message.objects.values_list("attempts", flat=True)) == {1}
    assert not judge(remote), judge(remote)


def test_rubbish_is_a_wait_of_seconds(proxy: FaultProxy, remote: DemoRemoteClient) -> None:
    for number, (name, value) in enumerate(NOT_OBEYED.items()):
        with case(name):
            create(f"C{number}")
            proxy.fault = answers(429, headers={"Retry-After": said(value)})
            drain()
            assert not outcomes(f"C{number}")
            proxy.fault = passes_on
            pass_time(CHOSEN + 1)
            drain()
            assert outcomes(f"C{number}") == [Outcome.DELIVERED]
    assert not judge(remote), judge(remote)


def test_a_month_of_too_many_requests_costs_no_message(
    proxy: FaultProxy, remote: DemoRemoteClient
) -> None:
    for key in ("ALFKI", "BOTTM"):
        create(key)
    proxy.fault = answers(429, headers={"Retry-After": "60"})
    for _ in range(10):
        drain()
        pass_time(3 * 86400)
    assert len(proxy.requests) >= 10
    assert Attempt.objects.count() == 0
    assert set(Message.objects.values_list("state", "attempts")) == {(State.PENDING, 0)}
    proxy.fault = passes_on
    arrive()
    assert not judge(remote), judge(remote)
