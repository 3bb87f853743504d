"""Whatever the remote sends, or does not take: bounded memory, bounded time."""

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

from outbox.models import Attempt, Outcome, State
from tests.faults.journey import DEADLINE, IN_TIME, SetUrl, arrive, case, create
from tests.faults.proxy import Fault, FaultProxy, passes_on
from tests.faults.ways_to_fail import (
    GZIP,
    MEBIBYTE,
    answers,
    bomb,
    is_deaf,
    sends_megabytes,
    sends_without_end,
)
from tests.outbox.situations import drain, edit, states
from tests.processes.ledger import DemoRemoteClient, judge

#: Huge replies side by side.
AT_ONCE = 4
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@contextmanager
def peak() -> Iterator[list[int]]:
    """The most that was allocated meanwhile, in bytes, as its only item."""
    found: list[int] = []
    tracemalloc.start()
    try:
        yield found
        found.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


HUGE: dict[str, Fault] = {
    "200 MB": sends_megabytes(200),
    "200 MB, packed a thousandfold": answers(200, bomb(200), GZIP),
    "chunks without end": sends_without_end(CHUNKED, b"10000\r\n" + b" " * 65536 + b"\r\n"),
    "a body without end or length": sends_without_end(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536),
    "a header without end": sends_without_end(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536),
}


def test_a_huge_reply_is_cut(proxy: FaultProxy, remote: DemoRemoteClient, set_url: SetUrl) -> None:
    set_url(proxy.url, deadline=20)  # it is the size that ends it
    for number, (name, fault) in enumerate(HUGE.items()):
        for n in range(AT_ONCE):
            create(f"C{number}-{n}")
        proxy.fault = fault
        started = time.monotonic()
        with case(name), peak() as found:
            drain()
        with case(name):
            assert time.monotonic() - started < 10
            assert found[0] < AT_ONCE * 4 * MEBIBYTE, f"{found[0] / MEBIBYTE:.1f} MiB"
            proxy.fault = passes_on
            arrive()
    unknown = Attempt.objects.filter(outcome=Outcome.UNKNOWN)
    assert unknown.count() == AT_ONCE * len(HUGE)
    assert not unknown.filter(error__contains="No whole reply within").exists()
    assert not judge(remote), judge(remote)


def test_a_request_that_nobody_reads_ends_in_time(proxy: FaultProxy, set_url: SetUrl) -> None:
    set_url(proxy.url, deadline=DEADLINE)
    edit("ALFKI", remarks="x" * 12 * MEBIBYTE)  # more than the system takes for a deaf remote
    proxy.fault = is_deaf
    started = time.monotonic()
    drain()
    assert time.monotonic() - started < IN_TIME
    assert states("ALFKI") == [State.PENDING]
    attempt = Attempt.objects.get()
    assert attempt.outcome == Outcome.UNKNOWN
    assert DEADLINE <= (attempt.duration or 0) < DEADLINE + 1
