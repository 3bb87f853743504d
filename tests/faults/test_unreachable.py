"""A remote that cannot be reached, or not safely: nothing leaves, nothing is counted."""

import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext
from itertools import chain
from typing import Any, Protocol

import pytest
from requests import adapters

from tests.faults.certificates import Certificates
from tests.faults.journey import DEADLINE, SetUrl, Then, all_end, case, travel, trouble
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.faults.ways_to_fail import drips
from tests.processes.ledger import DemoRemoteClient

DELIVERED = all_end(Then.DELIVERED, applied=True)
WAITS = all_end(Then.WAITS)


class Resolve(Protocol):
    """From now on the system knows these hosts; a look-up of them takes so many seconds."""

    def __call__(self, names: Mapping[str, Sequence[str]], *, seconds: float = 0.0) -> None: ...


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    ask_system = socket.getaddrinfo

    def resolve(names: Mapping[str, Sequence[str]], *, seconds: float = 0.0) -> None:
        def getaddrinfo(host: Any, port: Any, *rest: Any, **options: Any) -> list[Any]:
            if host not in names:
                return ask_system(host, port, *rest, **options)
            time.sleep(seconds)
            found = [ask_system(address, port, *rest, **options) for address in names[host]]
            return list(chain.from_iterable(found))

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return resolve


@contextmanager
def away(set_url: SetUrl, url: str, proxy: FaultProxy) -> Iterator[None]:
    """The destination is at another address for a while."""
    set_url(url, deadline=DEADLINE)
    yield
    assert proxy.requests == []
    set_url(proxy.url)


@contextmanager
def full(addresses: Sequence[str], port: int = 0) -> Iterator[int]:
    """A port at which connections are neither taken nor refused: nobody accepts, the queue is full.

    As behind a firewall that drops packets.
    """
    with ExitStack() as opened:
        for address in addresses:
            listener = opened.enter_context(closing(socket.socket()))
            listener.bind((address, port))
            listener.listen(0)
            port = listener.getsockname()[1]
            for _ in range(3):
                waiting = opened.enter_context(closing(socket.socket()))
                waiting.setblocking(False)
                waiting.connect_ex((address, port))
        yield port


def test_a_refused_connection(proxy: FaultProxy, remote: DemoRemoteClient, set_url: SetUrl) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    travel(WAITS, away(set_url, f"http://127.0.0.1:{port}/api", proxy), proxy, remote)


def test_a_name_that_is_gone(proxy: FaultProxy, remote: DemoRemoteClient, set_url: SetUrl) -> None:
    url = f"http://no-such-host.invalid:{proxy.port}/api"
    travel(WAITS, away(set_url, url, proxy), proxy, remote)


def test_a_name_that_leads_elsewhere_for_a_while(
    proxy: FaultProxy, remote: DemoRemoteClient, set_url: SetUrl, resolve: Resolve
) -> None:
    @contextmanager
    def moved() -> Iterator[None]:
        resolve({"erp.example": ["127.0.0.2"]})  # where nobody listens
        yield
        assert proxy.requests == []
        resolve({"erp.example": ["127.0.0.1"]})

    resolve({"erp.example": ["127.0.0.1"]})
    set_url(f"http://erp.example:{proxy.port}/api")
    travel(WAITS, moved(), proxy, remote)


def test_a_name_that_is_looked_up_for_too_long(
    proxy: FaultProxy, remote: DemoRemoteClient, set_url: SetUrl, resolve: Resolve
) -> None:
    resolve({"erp.example": ["127.0.0.1"]}, seconds=0.7)
    travel(WAITS, away(set_url, f"http://erp.example:{proxy.port}/api", proxy), proxy, remote)


def test_connections_that_are_neither_taken_nor_refused(
    proxy: FaultProxy, remote: DemoRemoteClient, set_url: SetUrl
) -> None:
    with full(["127.0.0.1"]) as port:
        travel(WAITS, away(set_url, f"http://127.0.0.1:{port}/api", proxy), proxy, remote)


def test_many_addresses_of_which_none_answers(
    proxy: FaultProxy, remote: DemoRemoteClient, set_url: SetUrl, resolve: Resolve
) -> None:
    addresses = [f"127.0.0.{n}" for n in range(2, 12)]
    resolve({"erp.example": addresses})
    with full(addresses) as port:
        travel(WAITS, away(set_url, f"http://erp.example:{port}/api", proxy), proxy, remote)


def test_one_address_of_two_is_enough(
    proxy: FaultProxy, set_url: SetUrl, resolve: Resolve, remote: DemoRemoteClient
) -> None:
    resolve({"erp.example": ["127.0.0.2", "127.0.0.1"]})
    set_url(f"http://erp.example:{proxy.port}/api", deadline=1)
    with full(["127.0.0.2"], proxy.port):
        travel(DELIVERED, nullcontext(), proxy, remote)


# TLS --------------------------------------------------------------------------------------------


@pytest.fixture
def trusted(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    """Certificates of an authority that requests trusts as it does those of the web."""
    monkeypatch.setattr(adapters, "DEFAULT_CA_BUNDLE_PATH", str(certificates.authority))
    return certificates


def test_a_certificate_of_a_trusted_authority_is_taken(
    proxy: FaultProxy, remote: DemoRemoteClient, set_url: SetUrl, trusted: Certificates
) -> None:
    with fault_proxy(remote.url, trusted.good()) as safe:
        set_url(safe.url)
        travel(DELIVERED, nullcontext(), safe, remote)
        assert safe.url.startswith("https://")


def test_a_bad_certificate(
    proxy: FaultProxy, remote: DemoRemoteClient, set_url: SetUrl, trusted: Certificates
) -> None:
    bad = {
        "TLSV1_ALERT_UNKNOWN_CA": trusted.self_signed(),
        "SSLV3_ALERT_CERTIFICATE_EXPIRED": trusted.expired(),
        "SSLV3_ALERT_BAD_CERTIFICATE": trusted.of_another_host(),
    }
    for number, (alert, certificate) in enumerate(bad.items()):
        with case(alert), fault_proxy(remote.url, certificate) as unsafe:
            travel(WAITS, away(set_url, unsafe.url, proxy), proxy, remote, number)
            assert set(unsafe.alerts) == {alert}
            assert unsafe.requests == []


def test_a_tls_handshake_that_nobody_answers(
    proxy: FaultProxy, remote: DemoRemoteClient, set_url: SetUrl
) -> None:
    with fault_proxy(remote.url) as plain:  # waits for the end of a head that never comes
        url = plain.url.replace("http://", "https://")
        travel(WAITS, away(set_url, url, proxy), proxy, remote)
        assert plain.connections


def test_a_reply_that_drips_through_tls(
    proxy: FaultProxy, remote: DemoRemoteClient, set_url: SetUrl, trusted: Certificates
) -> None:
    unknown = all_end(Then.UNKNOWN, applied=True)
    with fault_proxy(remote.url, trusted.good()) as safe:
        set_url(safe.url, deadline=DEADLINE)
        travel(unknown, trouble(safe, drips(every=0.02)), safe, remote)
