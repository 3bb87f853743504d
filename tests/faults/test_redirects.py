"""A redirect is not followed: it may lead our token, and the record, to another host."""

from collections.abc import Iterator

import pytest

from tests.faults.journey import Then, all_end, case, prepare, travel, trouble
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.faults.ways_to_fail import applies_and, redirects
from tests.processes.ledger import DemoRemoteClient


@pytest.fixture
def elsewhere(remote: DemoRemoteClient) -> Iterator[FaultProxy]:
    """Another host, which would take everything."""
    with fault_proxy(remote.url) as elsewhere:
        yield elsewhere


def test_nothing_leaves_to_the_host_that_a_redirect_names(
    elsewhere: FaultProxy, proxy: FaultProxy, remote: DemoRemoteClient
) -> None:
    paused = all_end(Then.WAITS, paused=True)
    prepare(*range(5))
    for number, status in enumerate((301, 302, 303, 307, 308)):
        fault = redirects(status, elsewhere.url)
        with case(str(status)):
            travel(paused, trouble(proxy, fault), proxy, remote, number)
            assert elsewhere.connections == 0


def test_a_redirect_after_applying_has_no_second_effect(
    elsewhere: FaultProxy, proxy: FaultProxy, remote: DemoRemoteClient
) -> None:
    paused = all_end(Then.WAITS, applied=True, paused=True)
    fault = applies_and(redirects(303, elsewhere.url))
    travel(paused, trouble(proxy, fault), proxy, remote)
    assert elsewhere.connections == 0
