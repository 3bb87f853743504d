"""The sink as a process is a remote for the real connector, batches included."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.sink_process import Sink, running_sink
from outbox.connectors.base import Acknowledgement, Endpoint, Operation, Request
from outbox.connectors.elapsed import elapsed
from outbox.connectors.rest import RestConnector


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with running_sink(tmp_path) as running:
        yield running


@pytest.fixture
def connector(sink: Sink) -> Iterator[RestConnector]:
    endpoint = Endpoint(name="erp", url=sink.url, token="any", deadline=5, concurrency=2)
    connector = RestConnector(endpoint)
    yield connector
    connector.close()


def request(operation: Operation, key: str, *, number: int) -> Request:
    return Request(
        operation=operation,
        collection="customers",
        key=key,
        key_field="customer_no",
        external_id="",
        idempotency_key=f"key-{number}",
        sequence=number,
        payload={} if operation == Operation.DELETE else {"customer_no": key, "city": "Bonn"},
    )


def test_it_takes_every_operation(sink: Sink, connector: RestConnector) -> None:
    connector.ping()
    for number, operation in enumerate(Operation, start=1):
        connector.deliver(request(operation, "A", number=number))

    arrived = sink.ledger()

    assert [(row.idempotency_key, row.key, row.sequence) for row in arrived] == [
        ("key-1", "A", 1),
        ("key-2", "A", 2),
        ("key-3", "A", 3),
    ]
    assert connector.look_up("customers", "A", key_field="customer_no") is None
    assert sink.state()["cpu"] > 0


def test_it_takes_batches(sink: Sink, connector: RestConnector) -> None:
    requests = [request(Operation.UPDATE, f"B{n}", number=n) for n in range(1, 101)]

    outcomes = connector.deliver_batch([*requests, request(Operation.DELETE, "B1", number=101)])

    assert all(isinstance(outcome, Acknowledgement) for outcome in outcomes)
    assert len(sink.ledger()) == 101
    assert sink.state()["requests"] == 1


def test_it_answers_late_without_holding_up_others(sink: Sink, connector: RestConnector) -> None:
    sink.reset(delay=0.3)
    started = elapsed()
    connector.deliver(request(Operation.UPDATE, "A", number=1))
    took = elapsed() - started
    arrived_at = sink.ledger()[0].at  # asked for at once

    assert 0.3 <= took < 3
    assert arrived_at < started + 0.25


def test_a_repetition_is_counted(sink: Sink, connector: RestConnector) -> None:
    once = request(Operation.UPDATE, "A", number=1)
    connector.deliver(once)
    connector.deliver(replace(once))

    assert (sink.state()["arrived"], sink.state()["repeats"]) == (1, 1)
