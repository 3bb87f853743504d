import json
import socket

import pytest

from demo_remote.server import RunningRemote
from tests.demo_remote.client import ALICE, Client

HEAD = b"Host: x\r\nAuthorization: Bearer demo-token\r\n"


def exchange(remote: RunningRemote, sent: bytes) -> tuple[int, dict[str, object]]:
    """Send raw bytes on a new connection; the reply's status and JSON body."""
    host, port = remote.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as stream:
            received = stream.read()
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), json.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b'{"customer_no": "A", "n": NaN}',
        b'{"customer_no": "A", "n": 1e999}',
        b'{"customer_no": "\\ud800"}',
        b'{"customer_no": "A", "n": ' + b"9" * 5000 + b"}",
        b'{"customer_no": "A", "n": ' + b"[" * 40 + b"]" * 40 + b"}",
        b"[" * 100_000,
        '{"customer_no": "A"}'.encode("utf-16"),
    ],
)
def test_it_refuses_a_body_that_is_no_json_object(client: Client, body: bytes) -> None:
    reply = client.send("POST", "/api/customers", data=body)
    assert (reply.status_code, reply.json()["error"]) == (400, "bad_json")


def test_it_refuses_a_body_above_one_mebibyte(client: Client) -> None:
    fits = b'{"customer_no": "A"}'.ljust(1024 * 1024)
    assert client.send("POST", "/api/customers", data=fits + b" ").status_code == 413
    assert client.send("POST", "/api/customers", data=fits).status_code == 201


def test_it_lets_a_sender_of_far_too_much_see_the_answer(remote: RunningRemote) -> None:
    body = b" " * 12_000_000
    length = f"Content-Length: {len(body)}\r\n\r\n".encode()
    sent = b"POST /api/customers HTTP/1.1\r\n" + HEAD + length + body
    assert exchange(remote, sent)[0] == 413


def test_it_refuses_a_body_without_its_length(remote: RunningRemote) -> None:
    sent = b"POST /api/customers HTTP/1.1\r\n" + HEAD + b"\r\n{}"
    assert exchange(remote, sent) == (
        411,
        {"error": "length_required", "detail": "Content-Length is missing."},
    )


def test_it_refuses_chunks(client: Client) -> None:
    reply = client.send("POST", "/api/customers", data=iter([b"{", b"}"]))
    assert reply.status_code == 411


@pytest.mark.parametrize(
    ("length", "status"),
    [(b"-1", 400), (b"x", 400), (b"1.0", 400), (b"1048577", 413), (b"9" * 5000, 413)],
)
def test_it_refuses_a_length_that_is_none(
    remote: RunningRemote, length: bytes, status: int
) -> None:
    sent = b"POST /api/customers HTTP/1.1\r\n" + HEAD + b"Content-Length: " + length + b"\r\n\r\n"
    assert exchange(remote, sent)[0] == status


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /api/ping HTTP/9.9\r\n\r\n", 505),
        (b"BREW /api/ping HTTP/1.1\r\n\r\n", 501),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
        (b"GET /api/customers/%FF HTTP/1.1\r\n" + HEAD + b"\r\n", 400),
        (b"GET /api/customers/\xff HTTP/1.1\r\nConnection: close\r\n" + HEAD + b"\r\n", 404),
        (b"GET //api//customers HTTP/1.1\r\nConnection: close\r\n" + HEAD + b"\r\n", 404),
        (b"GET /api/customers/ HTTP/1.1\r\nConnection: close\r\n" + HEAD + b"\r\n", 404),
    ],
)
def test_it_answers_broken_requests_as_json(
    remote: RunningRemote, sent: bytes, status: int
) -> None:
    answered, error = exchange(remote, sent)
    assert answered == status
    assert {"error", "detail"} <= set(error)


def test_it_lives_on_after_senders_that_go_away(
    remote: RunningRemote, client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    host, port = remote.url.removeprefix("http://").split(":")
    begun = b"POST /api/customers HTTP/1.1\r\n" + HEAD + b"Content-Length: 100\r\n\r\n{"
    for sent in (b"", b"POST /api", begun):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(sent)
    assert client.create(ALICE).status_code == 201
    assert len(client.ledger()) == 1
    assert "Traceback" not in capfd.readouterr().err


def test_it_keeps_the_connection_after_a_refusal(client: Client) -> None:
    for _ in range(3):
        reply = client.send("POST", "/api/customers", data=b"[")
        assert "Connection" not in reply.headers
