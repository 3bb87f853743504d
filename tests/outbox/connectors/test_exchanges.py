"""Requests as they are sent, and connections that serve several."""

import gzip
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from requests.utils import DEFAULT_ACCEPT_ENCODING

from outbox.connectors import exchanges
from outbox.connectors.bounded_http import BoundedSession, ExchangeError
from outbox.connectors.errors import OutcomeUnknown, Rejected
from outbox.connectors.rest import RestConnector
from tests.outbox.connectors.raw_server import raw_server, reply, says, says_each, whole_request
from tests.outbox.connectors.rigs import endpoint, request

GOOD = b'{"customer_no": "ALFKI", "id": "C-1"}'
WELL = reply("200 OK", GOOD)


@contextmanager
def connected(url: str) -> Iterator[RestConnector]:
    connector = RestConnector(endpoint(url))
    try:
        yield connector
    finally:
        connector.close()


@contextmanager
def session(url: str, **headers: str) -> Iterator[BoundedSession]:
    session = BoundedSession(url, headers=headers, deadline=2, concurrency=2)
    try:
        yield session
    finally:
        session.close()


@contextmanager
def refusing(said: bytes) -> Iterator[str]:
    """A remote that reads the head of a request, answers and goes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(said)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_request_is_sent_as_it_should_be() -> None:
    said = reply("200 OK", '{"customer_no": "A/ß?"}'.encode())
    with raw_server(says(said)) as server, connected(f"{server.url}/an api/") as erp:
        erp.deliver(request("update", "A/ß?", remarks="ß"))
    head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    line, *headers = head.split("\r\n")
    assert line == "PATCH /an%20api/customers/A%2F%C3%9F%3F HTTP/1.1"
    assert sorted(headers) == [
        "Accept-Encoding: " + DEFAULT_ACCEPT_ENCODING,
        "Accept: application/json",
        "Authorization: Bearer secret",
        "Connection: keep-alive",
        "Content-Length: 16",
        "Content-Type: application/json",
        "Host: " + server.url.removeprefix("http://"),
        "Idempotency-Key: update-412fc39f3f-1",
        "Outbox-Sequence: 1",
        "User-Agent: outbox",
    ]
    assert body == '{"remarks":"ß"}'


def test_a_request_without_a_body_says_so() -> None:
    with raw_server(says(WELL)) as server, connected(server.url) as erp:
        erp.deliver(request("delete"))
    assert server.requests[0].endswith(b"\r\nContent-Length: 0\r\n\r\n")
    assert b"Content-Type" not in server.requests[0]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://ERP.example", b"erp.example"),
        ("http://erp.example:80/api", b"erp.example"),
        ("http://erp.example:8080", b"erp.example:8080"),
        ("http://erp.example.", b"erp.example"),
        ("http://[2001:db8::1]:8080", b"[2001:db8::1]:8080"),
        ("http://bücher.example", b"xn--bcher-kva.example"),
    ],
)
def test_the_host_is_named_as_in_the_url(
    url: str, host: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_server(says(WELL)) as server:
        port = int(server.url.rpartition(":")[2])

        def connect(*_: Any) -> socket.socket:
            return socket.create_connection(("127.0.0.1", port), 2)

        monkeypatch.setattr(exchanges, "_connected", connect)
        with connected(url) as erp:
            erp.deliver(request("update"))
    assert b"\r\nHost: " + host + b"\r\n" in server.requests[0]


def test_a_password_in_the_url_is_sent() -> None:
    with raw_server(says(WELL)) as server:
        erp = RestConnector(endpoint(server.url.replace("//", "//alice:secret@")))
        erp.deliver(request("update"))
        erp.close()
    assert b"\r\nAuthorization: Basic YWxpY2U6c2VjcmV0\r\n" in server.requests[0]


@pytest.mark.parametrize("value", ["1\r\nX: 2", "1\n", "1\n 2", "€"])
def test_a_header_that_would_be_another_is_not_sent(value: str) -> None:
    with raw_server(says(WELL)) as server:
        for of_all, own in (({"X-Own": value}, {}), ({}, {"X-Own": value})):
            with session(server.url, **of_all) as to, pytest.raises(ExchangeError) as refused:
                to.send("GET", "/ping", headers=own, body=None)
            assert not refused.value.sent
            assert isinstance(refused.value.__cause__, ValueError)
        assert server.requests == []


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: 2", "/a HTTP/1.1\r\n\r\n", "/ä"])
def test_a_path_that_is_not_quoted_is_not_sent(path: str) -> None:
    with raw_server(says(WELL)) as server, session(server.url) as to:
        with pytest.raises(ExchangeError, match="Not quoted") as refused:
            to.send("GET", path, headers={}, body=None)
        assert not refused.value.sent
        assert server.requests == []


def test_a_connection_is_kept() -> None:
    with raw_server(says_each(WELL, WELL, WELL)) as server, connected(server.url) as erp:
        for _ in range(3):
            erp.deliver(request("update"))
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "said",
    [
        reply("200 OK", GOOD, "Connection: close"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 37\r\n\r\n" + GOOD,
        b"HTTP/1.1 200 OK\r\n\r\n" + GOOD,
    ],
    ids=["said so", "of an old remote", "by its end"],
)
def test_a_connection_that_the_remote_closes_is_made_anew(said: bytes) -> None:
    with raw_server(says(said)) as server, connected(server.url) as erp:
        for _ in range(3):
            erp.deliver(request("update"))
        assert len(server.requests) == 3


def test_what_was_said_unasked_is_no_reply() -> None:
    other = reply("200 OK", b'{"customer_no": "OTHER", "id": "C-2"}')
    with raw_server(says_each(WELL + other, WELL)) as server, connected(server.url) as erp:
        for _ in range(2):
            assert erp.deliver(request("update")).external_id == "C-1"


def test_a_connection_on_which_something_went_wrong_is_not_used_again() -> None:
    half = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nrubbish\r\n"
    with raw_server(says_each(half, WELL)) as server, connected(server.url) as erp:
        for _ in range(2):
            with pytest.raises(OutcomeUnknown):
                erp.deliver(request("update"))
        assert len(server.requests) == 2


def test_closing_closes_what_was_kept() -> None:
    gone = threading.Event()

    def answer(connection: socket.socket, raw: bytes) -> None:
        connection.sendall(WELL)
        if whole_request(connection) == b"":
            gone.set()

    with raw_server(answer) as server:
        connector = RestConnector(endpoint(server.url))
        connector.deliver(request("update"))
        connector.close()
        assert gone.wait(2)


def test_a_refusal_counts_though_the_request_was_not_read() -> None:
    large = request("update", remarks="x" * 12 * 1024 * 1024)
    with refusing(reply("413 Too Large", b'{"detail": "no more"}')) as url, connected(url) as erp:
        with pytest.raises(Rejected) as refused:
            erp.deliver(large)
        assert refused.value.detail == "no more"


CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n5\r\n%b\r\n20\r\n%b\r\n0\r\n\r\n" % (
    GOOD[:5],
    GOOD[5:],
)


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\n" + CHUNKS,
        reply("200 OK", gzip.compress(GOOD), "Content-Encoding: gzip"),
        reply("200 OK", zlib.compress(GOOD), "Content-Encoding: deflate"),
        reply("200 OK", gzip.compress(gzip.compress(GOOD)), "Content-Encoding: gzip, gzip"),
    ],
    ids=["chunks", "gzip", "deflate", "packed twice"],
)
def test_however_a_reply_is_packed_it_is_read(said: bytes) -> None:
    with raw_server(says_each(said, said)) as server, connected(server.url) as erp:
        for _ in range(2):
            assert erp.deliver(request("update")).external_id == "C-1"
        assert len(server.requests) == 1


def test_a_reply_that_cannot_be_unpacked_is_none() -> None:
    said = reply("200 OK", GOOD, "Content-Encoding: gzip")
    with raw_server(says(said)) as server, connected(server.url) as erp:
        with pytest.raises(OutcomeUnknown) as unknown:
            erp.deliver(request("update"))
        assert "decompress" in unknown.value.detail
