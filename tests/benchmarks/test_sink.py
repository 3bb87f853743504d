"""The sink reads requests in whatever pieces they come, and remembers what it applied."""

import json
from pathlib import Path

import pytest

from benchmarks.sink import Remote, Request, parse

PATCH = (
    b"PATCH /api/customers/ALFKI?x=1 HTTP/1.1\r\nHost: here\r\nContent-Length: 15\r\n"
    b'idempotency-KEY:  abc \r\n\r\n{"city":"Bonn"}'
)


def patched(city: str, *, key: str, sequence: int) -> Request:
    headers = {b"idempotency-key": key.encode(), b"outbox-sequence": str(sequence).encode()}
    body = json.dumps({"address": {"city": city}}).encode()
    return Request("PATCH", "/api/customers/A%2FB", headers, body)


def test_a_request_may_come_byte_by_byte() -> None:
    buffer = bytearray()
    for byte in PATCH[:-1]:
        buffer.append(byte)
        assert parse(buffer) is None
    buffer.append(PATCH[-1])

    request = parse(buffer)

    assert request is not None
    assert (request.method, request.path) == ("PATCH", "/api/customers/ALFKI")
    assert request.headers[b"idempotency-key"] == b"abc"
    assert request.body == b'{"city":"Bonn"}'
    assert not buffer


def test_what_comes_behind_a_request_is_left() -> None:
    buffer = bytearray(PATCH + PATCH[:20])

    assert parse(buffer) is not None
    assert buffer == PATCH[:20]


def test_a_body_without_a_length_is_refused() -> None:
    with pytest.raises(ValueError, match="without a length"):
        parse(bytearray(b"POST /api/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"))


def test_a_write_is_answered_with_the_record_as_it_is_now() -> None:
    remote = Remote()
    remote.write("PATCH", "customers/A", "1", 1, {"address": {"city": "Bonn", "street": "Weg 1"}})

    status, body = remote.write("PATCH", "customers/A", "2", 2, {"address": {"city": "Kiel"}})

    assert status == 200
    assert json.loads(body) == {
        "id": "S-1",
        "customer_no": "A",
        "address": {"city": "Kiel", "street": "Weg 1"},
        "sequence": 2,
    }


def test_a_repeated_key_is_applied_once_and_answered_as_before() -> None:
    remote = Remote()
    first = remote.answer(patched("Bonn", key="k", sequence=1))
    remote.answer(patched("Kiel", key="l", sequence=2))

    assert remote.answer(patched("Bonn", key="k", sequence=1)) == first
    assert [row[0] for row in remote.ledger] == ["k", "l"]
    assert remote.state()["repeats"] == 1
    assert remote.records["customers", "A/B"]["address"] == {"city": "Kiel"}


def test_the_key_of_a_new_record_is_in_its_body() -> None:
    remote = Remote()
    remote.write("POST", "products", "k", 1, {"item_no": "P-1"})

    assert [row[1:4] for row in remote.ledger] == [("products", "P-1", 1)]


def test_the_ledger_is_written_and_forgotten(tmp_path: Path) -> None:
    remote = Remote()
    remote.answer(patched("Bonn", key="k", sequence=7))
    remote.write_ledger(tmp_path / "ledger")
    remote.reset(delay=0.05)

    key, collection, name, sequence, at, body = json.loads((tmp_path / "ledger").read_text())
    assert (key, collection, name, sequence) == ("k", "customers", "A/B", 7)
    assert at > 0
    assert body == {"address": {"city": "Bonn"}}
    assert remote.state()["arrived"] == 0
    assert remote.delay == 0.05
