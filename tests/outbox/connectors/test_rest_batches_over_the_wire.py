"""Replies to a batch that no well-behaved remote sends, and what leaves this host."""

import gzip
import json
import socket
import time
from typing import Any

import pytest

from outbox.connectors.base import Acknowledgement, Request
from outbox.connectors.errors import (
    DeliveryError,
    Failed,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from outbox.connectors.rest import RestConnector
from tests.outbox.connectors.raw_server import Answer, drips, raw_server, reply, resets, says
from tests.outbox.connectors.rigs import endpoint, request

KEYS = ("ALFKI", "BOTTM", "CONSH")
THREE = [request("create", key, idempotency_key=key) for key in KEYS]
Outcomes = list[Acknowledgement | DeliveryError]


def deliver(
    answer: Answer, requests: list[Request] | None = None, *, deadline: float = 2.0
) -> Outcomes:
    with raw_server(answer) as server:
        connector = RestConnector(endpoint(server.url, deadline=deadline))
        try:
            return connector.deliver_batch(THREE if requests is None else requests)
        finally:
            connector.close()


def told(key: str, status: object = 201, **members: object) -> dict[str, Any]:
    """An item of a reply, as a remote that is well writes it; `members` replace what is there."""
    body = {"customer_no": key, "id": f"C-{key}"}
    return {"idempotency_key": key, "status": status, "body": body, **members}


def multi_status(*items: object, status: str = "207 Multi-Status") -> bytes:
    return reply(status, json.dumps({"items": items}).encode(), "Connection: close")


def kinds(outcomes: Outcomes) -> list[type]:
    return [type(outcome) for outcome in outcomes]


def well_but_for_batches(said: bytes) -> Answer:
    """The ping is well; a batch gets this reply."""

    def answer(connection: socket.socket, raw: bytes) -> None:
        pinged = raw.startswith(b"GET /ping")
        connection.sendall(reply("200 OK", b"{}", "Connection: close") if pinged else said)

    return answer


def test_a_batch_is_one_request_of_many_items() -> None:
    requests = [
        request("create", "ALFKI", idempotency_key="k1", sequence=4, display_name="Ä"),
        request("update", "A/B", idempotency_key="k2", sequence=5, city="Bonn"),
        request("delete", "BOTTM", idempotency_key="k3", sequence=6),
    ]
    with raw_server(says(multi_status())) as server:
        connector = RestConnector(endpoint(f"{server.url}/api/"))
        connector.deliver_batch(requests)
        connector.close()
    (raw,) = server.requests
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/batch HTTP/1.1\r\n")
    assert b"Authorization: Bearer secret" in head
    assert b"idempotency-key" not in head.lower()
    assert json.loads(body) == {
        "items": [
            {
                "method": "POST",
                "path": "/customers",
                "idempotency_key": "k1",
                "sequence": 4,
                "body": {"customer_no": "ALFKI", "display_name": "Ä"},
            },
            {
                "method": "PATCH",
                "path": "/customers/A%2FB",
                "idempotency_key": "k2",
                "sequence": 5,
                "body": {"city": "Bonn"},
            },
            {
                "method": "DELETE",
                "path": "/customers/BOTTM",
                "idempotency_key": "k3",
                "sequence": 6,
            },
        ]
    }


@pytest.mark.parametrize("status", ["200 OK", "207 Multi-Status"])
def test_items_may_be_answered_in_any_order(status: str) -> None:
    outcomes = deliver(says(multi_status(*map(told, reversed(KEYS)), status=status)))
    ids = [outcome.external_id for outcome in outcomes if isinstance(outcome, Acknowledgement)]
    assert ids == ["C-ALFKI", "C-BOTTM", "C-CONSH"]


@pytest.mark.parametrize(
    "about_bottm",
    [
        [],
        [told("BOTTM"), told("BOTTM")],
        [told("BOTTM"), told("BOTTM", 422)],
        [told("BOTTM", idempotency_key="bottm")],
        [told("BOTTM", idempotency_key=None)],
        [told("BOTTM", idempotency_key=["BOTTM"])],
        [{"status": 201, "body": {"customer_no": "BOTTM"}}],
        [{"idempotency_key": "BOTTM"}],
        ["BOTTM", None, 7, []],
        [told("BOTTM", body=None)],
        [told("BOTTM", body="<html>Welcome</html>")],
        [told("BOTTM", body=[{"customer_no": "BOTTM"}])],
        [told("BOTTM", body={"customer_no": "ALFKI"})],
        [told("BOTTM", body={"error": "no"})],
        *([told("BOTTM", status)] for status in ("201", 201.0, True, None, [201], 0, -1, 100, 600)),
    ],
    ids=repr,
)
def test_what_is_not_told_clearly_of_an_item_is_unknown(about_bottm: list[object]) -> None:
    outcomes = deliver(says(multi_status(told("ALFKI"), *about_bottm, told("CONSH"))))
    assert kinds(outcomes) == [Acknowledgement, OutcomeUnknown, Acknowledgement]


def test_items_that_nobody_asked_about_are_passed_over() -> None:
    outcomes = deliver(says(multi_status(*map(told, KEYS), told("DRACD", 500))))
    assert kinds(outcomes) == [Acknowledgement] * 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, Misconfigured),
        (400, Rejected),
        (401, Misconfigured),
        (403, Rejected),
        (404, Rejected),
        (408, Failed),
        (409, Rejected),
        (412, Rejected),
        (422, Rejected),
        (425, Failed),
        (429, Unavailable),
        (500, Failed),
        (503, Unavailable),
    ],
)
def test_the_status_of_an_item_means_what_it_means_alone(status: int, kind: type) -> None:
    odd = told("BOTTM", status, body={"detail": "because"})
    outcomes = deliver(says(multi_status(told("ALFKI"), odd, told("CONSH"))))
    assert kinds(outcomes) == [Acknowledgement, kind, Acknowledgement]
    refused = outcomes[1]
    assert isinstance(refused, DeliveryError)
    assert refused.status == status
    assert "because" in refused.response


@pytest.mark.parametrize("status", [409, 412])
def test_a_conflict_of_an_item_with_its_own_sequence_means_it_was_applied(status: int) -> None:
    body = {"error": "stale_sequence", "sequence": 1}
    (outcome,) = deliver(says(multi_status(told("ALFKI", status, body=body))), THREE[:1])
    assert isinstance(outcome, Acknowledgement)


def test_a_delete_of_what_is_gone_is_delivered() -> None:
    gone = [request("delete", idempotency_key="ALFKI")]
    (outcome,) = deliver(says(multi_status(told("ALFKI", 404, body={}))), gone)
    assert isinstance(outcome, Acknowledgement)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Welcome</html>",
        b"[]",
        b"{}",
        b'{"items": null}',
        b'{"items": {"ALFKI": 201}}',
        b'{"items": "ALFKI"}',
        b'{"error": "no"}',
        b"[" * 100_000,
        b'{"items": ' + b"[" * 100_000,
        b"\xff\xfe\x00",
    ],
)
def test_a_success_without_a_list_of_items_is_unknown_for_all(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown, match="outcomes of a batch"):
        deliver(says(reply("200 OK", body)))


@pytest.mark.parametrize("status", ["201 Created", "202 Accepted", "206 Partial Content"])
def test_another_success_than_200_and_207_is_unknown_for_all(status: str) -> None:
    with pytest.raises(OutcomeUnknown):
        deliver(says(multi_status(*map(told, KEYS), status=status)))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("307 Temporary Redirect", Misconfigured),
        ("400 Bad Request", Rejected),
        ("401 Unauthorized", Misconfigured),
        ("403 Forbidden", Rejected),
        ("408 Request Timeout", Failed),
        ("413 Too Large", Rejected),
        ("422 Unprocessable", Rejected),
        ("429 Too Many", Unavailable),
        ("500 Broken", Failed),
        ("502 Bad Gateway", Failed),
        ("503 Unavailable", Unavailable),
    ],
)
def test_a_status_of_the_batch_holds_for_all(status: str, error: type[DeliveryError]) -> None:
    said = reply(status, b'{"detail": "because"}', "Connection: close")
    with pytest.raises(error) as refused:
        deliver(well_but_for_batches(said))
    assert type(refused.value) is error
    unclear = error is Failed or status.startswith(("307", "503"))
    assert refused.value.maybe_applied is unclear


@pytest.mark.parametrize("status", ["404 Not Found", "405 Not Allowed", "501 Not Implemented"])
def test_a_remote_without_batches_is_a_wrong_setting(status: str) -> None:
    with pytest.raises(Misconfigured, match=r"takes no batches at /batch .*; set batch to 1"):
        deliver(well_but_for_batches(reply(status, b"{}", "Connection: close")))


def test_a_404_to_the_ping_too_is_a_wrong_url() -> None:
    with pytest.raises(Misconfigured, match="no such API"):
        deliver(says(reply("404 Not Found", b"{}", "Connection: close")))


def test_a_403_to_the_ping_too_is_the_credentials() -> None:
    with pytest.raises(Misconfigured, match="credentials"):
        deliver(says(reply("403 Forbidden", b"{}", "Connection: close")))


@pytest.mark.parametrize(
    "answer",
    [
        resets(),
        resets(multi_status(*map(told, KEYS))[:-5]),
        says(b"HTTP/1.1 207 Multi-Status\r\nContent-Length: 999\r\n\r\n{"),
    ],
    ids=["reset", "reset in the body", "half a body"],
)
def test_no_whole_reply_is_unknown_for_all(answer: Answer) -> None:
    with pytest.raises(OutcomeUnknown):
        deliver(answer)


def test_the_deadline_is_that_of_the_whole_batch() -> None:
    started = time.monotonic()
    with pytest.raises(OutcomeUnknown, match="No whole reply within"):
        deliver(drips(multi_status(*map(told, KEYS)), every=0.05), deadline=0.5)
    assert time.monotonic() - started < 1.5


def test_a_refused_connection_means_nothing_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    connector = RestConnector(endpoint(f"http://127.0.0.1:{port}"))
    with pytest.raises(Unavailable) as failed:
        connector.deliver_batch(THREE)
    connector.close()
    assert not failed.value.maybe_applied


def test_several_items_may_be_told_in_more_than_a_mebibyte() -> None:
    padded = told("ALFKI", body={"customer_no": "ALFKI", "notes": "x" * 1024 * 1024})
    outcomes = deliver(says(multi_status(padded, told("BOTTM"), told("CONSH"))))
    assert kinds(outcomes) == [Acknowledgement] * 3
    with pytest.raises(OutcomeUnknown, match="larger than 1048576 bytes"):
        deliver(says(multi_status(padded)), THREE[:1])


def test_a_large_reply_is_cut_however_many_the_items() -> None:
    def endless(connection: socket.socket, raw: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n")
        for _ in range(3200):
            connection.sendall(b" " * 65536)

    many = [request("delete", f"N{number}") for number in range(1000)]
    with pytest.raises(OutcomeUnknown, match="larger than 8388608 bytes"):
        deliver(endless, many, deadline=10)


def test_a_compressed_bomb_is_cut() -> None:
    bomb = gzip.compress(b" " * 200_000_000)
    with pytest.raises(OutcomeUnknown, match="larger than"):
        deliver(says(reply("200 OK", bomb, "Content-Encoding: gzip")), deadline=10)


def test_a_batch_above_four_mebibytes_does_not_leave() -> None:
    large = [request("update", key, notes="x" * 1_500_000) for key in KEYS]
    with raw_server(says(multi_status())) as server:
        connector = RestConnector(endpoint(server.url))
        with pytest.raises(Rejected, match="4194304"):
            connector.deliver_batch(large)
        assert server.requests == []
        assert kinds(connector.deliver_batch(large[:2])) == [OutcomeUnknown] * 2
        assert len(server.requests) == 1
        connector.close()


def test_what_is_no_json_is_refused_and_the_others_leave() -> None:
    requests = [THREE[0], request("update", "BOTTM", weight=float("nan")), THREE[2]]
    outcomes = deliver(says(multi_status(told("ALFKI"), told("CONSH"))), requests)
    assert kinds(outcomes) == [Acknowledgement, Rejected, Acknowledgement]


def test_nothing_is_sent_where_nothing_can_be_written() -> None:
    connector = RestConnector(endpoint("http://127.0.0.1:9"))
    (outcome,) = connector.deliver_batch([request("update", weight=float("inf"))])
    connector.close()
    assert isinstance(outcome, Rejected)


@pytest.mark.parametrize("odd", ["a\x00b", "a\ud800b"])
def test_what_an_item_says_can_be_shown(odd: str) -> None:
    (outcome,) = deliver(
        says(multi_status(told("ALFKI", 422, body={"detail": odd, "x": "ä"}))), THREE[:1]
    )
    assert isinstance(outcome, Rejected)
    outcome.response.encode()
    assert "ä" in outcome.response
    assert "\x00" not in outcome.response
