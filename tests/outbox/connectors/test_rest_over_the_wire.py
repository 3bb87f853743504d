"""Replies that no well-behaved remote sends."""

import gzip
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from outbox.connectors.base import Endpoint
from outbox.connectors.errors import (
    DeliveryError,
    Failed,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from outbox.connectors.rest import RestConnector
from outbox.connectors.rest_writes import canonical_json
from tests.outbox.connectors.raw_server import Answer, drips, raw_server, reply, resets, says
from tests.outbox.connectors.rigs import endpoint, request

#: Statuses that say that nothing was applied.
DEFINITE = {400, 401, 404, 409, 410, 412, 413, 422, 429}
GOOD = b'{"customer_no": "ALFKI", "id": "C-1"}'


def deliver(answer: Answer, *, deadline: float = 2.0, operation: str = "create") -> None:
    with raw_server(answer) as server:
        connector = RestConnector(endpoint(server.url, deadline=deadline))
        try:
            connector.deliver(request(operation))
        finally:
            connector.close()


def only_the_ping_is_well(connection: socket.socket, raw: bytes) -> None:
    well = raw.startswith(b"GET /ping")
    connection.sendall(reply("200 OK" if well else "404 Not Found", b"{}", "Connection: close"))


def look_up(answer: Answer) -> Mapping[str, Any] | None:
    with raw_server(answer) as server:
        connector = RestConnector(endpoint(server.url))
        try:
            return connector.look_up("customers", "ALFKI", key_field="customer_no")
        finally:
            connector.close()


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Welcome</html>",
        b'{"error": "no"}',
        b'{"customer_no": "OTHER"}',
        b'["ALFKI"]',
        b"",
        b"[" * 100_000,
        b"\xff\xfe\x00",
    ],
)
def test_a_200_that_is_not_the_record_is_no_delivery(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        deliver(says(reply("200 OK", body)))


@pytest.mark.parametrize(
    "body", [b"<html>Welcome</html>", b'{"status": "ok"}', b'{"customer_no": "OTHER"}', b"[]", b""]
)
def test_a_look_up_answered_with_anything_but_the_record_is_no_answer(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        look_up(says(reply("200 OK", body)))


def test_a_look_up_finds_nothing_only_where_there_is_an_api() -> None:
    assert look_up(only_the_ping_is_well) is None
    with pytest.raises(Misconfigured, match="no such API"):
        look_up(says(reply("404 Not Found", b"{}", "Connection: close")))


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 Temp", "308 Perm"])
def test_a_redirect_is_not_followed(status: str) -> None:
    with raw_server(says(reply("200 OK", GOOD))) as elsewhere:
        with pytest.raises(Misconfigured):
            deliver(says(reply(status, b"", f"Location: {elsewhere.url}/")))
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("400 Bad Request", Rejected),
        ("401 Unauthorized", Misconfigured),
        ("404 Not Found", Rejected),
        ("408 Request Timeout", Failed),
        ("409 Conflict", Rejected),
        ("410 Gone", Rejected),
        ("412 Precondition Failed", Rejected),
        ("413 Too Large", Rejected),
        ("422 Unprocessable", Rejected),
        ("425 Too Early", Failed),
        ("429 Too Many", Unavailable),
        ("500 Broken", Failed),
        ("502 Bad Gateway", Failed),
        ("503 Unavailable", Unavailable),
        ("504 Gateway Timeout", Failed),
    ],
)
def test_a_status_means_what_may_be_done_next(status: str, error: type[DeliveryError]) -> None:
    def answer(connection: socket.socket, raw: bytes) -> None:
        said = "200 OK" if raw.startswith(b"GET /ping") else status
        connection.sendall(reply(said, b'{"detail": "because"}', "Connection: close"))

    with pytest.raises(error) as failed:
        deliver(answer)
    if error is not Misconfigured:
        assert failed.value.detail == "because"
    assert failed.value.maybe_applied is (int(status[:3]) not in DEFINITE)
    assert type(failed.value) is error


def test_a_404_on_delete_is_delivered_where_the_ping_is_taken() -> None:
    def answer(connection: socket.socket, raw: bytes) -> None:
        well = raw.startswith(b"GET /ping")
        connection.sendall(reply("200 OK" if well else "404 Not Found", b"{}", "Connection: close"))

    deliver(answer, operation="delete")


def test_a_410_on_delete_is_delivered() -> None:
    deliver(
        lambda connection, raw: connection.sendall(reply("410 Gone", b"{}", "Connection: close")),
        operation="delete",
    )


@pytest.mark.parametrize("status", ["204 No Content", "200 OK", "202 Accepted"])
def test_a_delete_may_be_answered_with_nothing(status: str) -> None:
    def answer(connection: socket.socket, raw: bytes) -> None:
        said = "404 Not Found" if raw.startswith(b"GET /customers") else status
        connection.sendall(reply(said, b"", "Connection: close"))

    deliver(answer, operation="delete")


@pytest.mark.parametrize("looked_up", ["200 OK", "403 Forbidden", "405 Not Allowed", "503 Away"])
def test_a_delete_answered_with_nothing_is_unknown_where_the_record_may_be_there(
    looked_up: str,
) -> None:
    def answer(connection: socket.socket, raw: bytes) -> None:
        said = "200 OK" if raw.startswith(b"DELETE") else looked_up
        body = b"" if raw.startswith(b"DELETE") else GOOD
        connection.sendall(reply(said, body, "Connection: close"))

    with pytest.raises(OutcomeUnknown):
        deliver(answer, operation="delete")


def test_a_403_is_the_record_where_the_ping_is_taken() -> None:
    def answer(connection: socket.socket, raw: bytes) -> None:
        well = raw.startswith(b"GET /ping")
        connection.sendall(reply("200 OK" if well else "403 Forbidden", b"{}", "Connection: close"))

    with pytest.raises(Rejected):
        deliver(answer)


def test_a_403_is_the_credentials_where_the_ping_is_refused_too() -> None:
    with pytest.raises(Misconfigured):
        deliver(says(reply("403 Forbidden", b"{}", "Connection: close")))


def test_a_403_is_the_url_where_the_ping_is_redirected() -> None:
    def answer(connection: socket.socket, raw: bytes) -> None:
        said = "302 Found" if raw.startswith(b"GET /ping") else "403 Forbidden"
        connection.sendall(reply(said, b"", "Location: /login", "Connection: close"))

    with pytest.raises(Misconfigured, match="redirect"):
        deliver(answer)


def test_a_404_is_the_url_where_the_ping_finds_nothing_either() -> None:
    for operation in ("update", "delete"):
        with pytest.raises(Misconfigured, match="no such API"):
            deliver(says(reply("404 Not Found", b"{}", "Connection: close")), operation=operation)


def test_a_conflict_with_our_own_sequence_means_it_was_applied() -> None:
    deliver(says(reply("409 Conflict", b'{"error": "stale_sequence", "sequence": 1}')))


@pytest.mark.parametrize(
    "answer",
    [
        drips(reply("200 OK", GOOD), every=0.05),
        drips(reply("200 OK", GOOD)[:-1], every=0.001),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"),
    ],
    ids=["one byte after the other", "all but the last byte", "half a body"],
)
def test_the_deadline_ends_a_reply_that_does_not(answer: Answer) -> None:
    started = time.monotonic()

    def and_wait(connection: socket.socket, raw: bytes) -> None:
        answer(connection, raw)
        time.sleep(3)

    with pytest.raises(OutcomeUnknown, match="No whole reply within"):
        deliver(and_wait, deadline=0.5)
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    "answer",
    [resets(), resets(b"HTTP/1.1 200 OK\r\nContent-Le"), resets(reply("200 OK", GOOD)[:-5])],
    ids=["before the reply", "in the head", "in the body"],
)
def test_a_reset_after_sending_leaves_the_outcome_unknown(answer: Answer) -> None:
    with pytest.raises(OutcomeUnknown):
        deliver(answer)


@pytest.mark.parametrize(
    "answer",
    [resets(), says(b""), says(reply("503 Unavailable", b"", "Retry-After: 0"))],
    ids=["reset", "closed", "to come again at once"],
)
def test_nothing_is_sent_twice_by_itself(answer: Answer) -> None:
    with raw_server(answer) as server:
        connector = RestConnector(endpoint(server.url))
        with pytest.raises(DeliveryError):
            connector.deliver(request("update"))
        connector.close()
        assert len(server.requests) == 1


def test_a_reply_of_wrong_length_is_no_delivery() -> None:
    short = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + GOOD
    with pytest.raises(OutcomeUnknown):
        deliver(says(short))


@pytest.mark.parametrize("status", [100, 102, 103])
def test_an_interim_reply_is_passed_over(status: int) -> None:
    deliver(says(b"HTTP/1.1 %d Wait\r\nLink: x\r\n\r\n" % status + reply("200 OK", GOOD)))


def test_a_reply_of_more_than_a_mebibyte_is_none() -> None:
    padded = GOOD[:-1] + b', "padding": "' + b"x" * 1024 * 1024 + b'"}'
    with pytest.raises(OutcomeUnknown, match="larger than"):
        deliver(says(reply("200 OK", padded)))


def test_a_large_reply_is_cut() -> None:
    def endless(connection: socket.socket, raw: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n")
        for _ in range(3200):
            connection.sendall(b" " * 65536)

    with pytest.raises(OutcomeUnknown, match="larger than"):
        deliver(endless, deadline=10)


def test_a_compressed_bomb_is_cut() -> None:
    bomb = gzip.compress(b" " * 200_000_000)
    started = time.monotonic()
    with pytest.raises(OutcomeUnknown, match="larger than"):
        deliver(says(reply("200 OK", bomb, "Content-Encoding: gzip")), deadline=10)
    assert time.monotonic() - started < 2


def test_a_refused_connection_means_nothing_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    connector = RestConnector(endpoint(f"http://127.0.0.1:{port}"))
    with pytest.raises(Unavailable, match="refused") as failed:
        connector.deliver(request("create"))
    connector.close()
    assert not failed.value.maybe_applied


def test_an_unknown_host_means_nothing_left() -> None:
    connector = RestConnector(endpoint("http://no-such-host.invalid"))
    with pytest.raises(Unavailable):
        connector.deliver(request("create"))
    connector.close()


@contextmanager
def silent(port: int) -> Iterator[str]:
    """An address at which a connection is neither taken nor refused."""
    with ExitStack() as open_sockets:
        listener = open_sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.2", port))
        listener.listen(0)
        for _ in range(3):  # more than its queue holds
            waiting = open_sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.2", port))
        yield "127.0.0.2"


def resolve(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> str:
    """A name that has these addresses."""
    look_up_name = socket.getaddrinfo

    def answer(host: str, port: int, *arguments: Any, **named: Any) -> list[Any]:
        found = addresses if host == "several.example" else [host]
        return [one for name in found for one in look_up_name(name, port, *arguments, **named)]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return "several.example"


def test_silent_addresses_share_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(says(b"")) as server:
        port = int(server.url.rpartition(":")[2])
        with silent(port) as address:
            host = resolve(monkeypatch, *[address] * 4)
            connector = RestConnector(endpoint(f"http://{host}:{port}", deadline=0.5))
            started = time.monotonic()
            with pytest.raises(Unavailable) as failed:
                connector.deliver(request("create"))
            assert time.monotonic() - started < 1
            assert not failed.value.maybe_applied
            connector.close()


def test_an_address_that_answers_is_found_behind_a_silent_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with raw_server(says(reply("200 OK", GOOD))) as server:
        port = int(server.url.rpartition(":")[2])
        with silent(port) as address:
            host = resolve(monkeypatch, address, "127.0.0.1")
            connector = RestConnector(endpoint(f"http://{host}:{port}", deadline=1))
            assert connector.deliver(request("create")).external_id == "C-1"
            connector.close()


def test_a_token_that_fits_no_header_is_a_wrong_setting() -> None:
    endpoint_ = Endpoint(name="erp", url="http://127.0.0.1:9", token="€", deadline=1, concurrency=1)
    connector = RestConnector(endpoint_)
    with pytest.raises(Misconfigured):
        connector.deliver(request("create"))
    connector.close()


def test_a_message_that_is_no_json_is_refused_for_good() -> None:
    connector = RestConnector(endpoint("http://127.0.0.1:9"))
    with pytest.raises(Rejected, match="JSON"):
        connector.deliver(request("create", weight=float("nan")))
    connector.close()


def test_a_host_that_speaks_no_tls_means_nothing_left() -> None:
    with raw_server(says(b"this is not TLS")) as server:
        connector = RestConnector(endpoint(server.url.replace("http://", "https://")))
        with pytest.raises(Unavailable):
            connector.deliver(request("create"))
        connector.close()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("1000000000", 3600.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        (f"Sun, 06 Nov 1994 08:49:37 +{'9' * 20}", None),
    ],
)
def test_retry_after_is_obeyed_within_bounds(header: str, seconds: float | None) -> None:
    with pytest.raises(Unavailable) as refused:
        deliver(says(reply("429 Too Many", b"", f"Retry-After: {header}")))
    assert refused.value.retry_after == seconds


def test_retry_after_may_be_a_date() -> None:
    past = "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"
    with pytest.raises(Unavailable) as refused:
        deliver(says(reply("503 Unavailable", b"", past)))
    assert refused.value.retry_after == 0.0


def test_no_proxy_and_no_credentials_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with raw_server(says(reply("200 OK", GOOD))) as server, raw_server(says(b"")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        connector = RestConnector(endpoint(server.url))
        connector.deliver(request("create"))
        connector.close()
    assert b"Authorization: Bearer secret" in server.requests[0]


def test_cookies_are_not_kept() -> None:
    with raw_server(says(reply("200 OK", GOOD, "Set-Cookie: a=b", "Connection: close"))) as server:
        connector = RestConnector(endpoint(server.url))
        connector.deliver(request("create"))
        connector.deliver(request("create"))
        connector.close()
    assert b"Cookie" not in server.requests[1]


def test_one_payload_makes_the_same_bytes() -> None:
    assert canonical_json({"b": 1, "a": "ä"}) == canonical_json({"a": "ä", "b": 1})
    assert canonical_json({"a": "ä"}) == '{"a":"ä"}'.encode()


@pytest.mark.parametrize(("id_", "told"), [(b"null", ""), (b"0", "0"), (b'"C-1"', "C-1")])
def test_an_id_that_is_null_is_none(id_: bytes, told: str) -> None:
    with raw_server(says(reply("200 OK", b'{"customer_no": "ALFKI", "id": %s}' % id_))) as server:
        connector = RestConnector(endpoint(server.url))
        assert connector.deliver(request("create")).external_id == told
        connector.close()
