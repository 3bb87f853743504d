"""Every contender is given the same messages."""

from collections import Counter
from pathlib import Path

import pytest
from django.db import connection

from benchmarks.contenders.ours_loading import load_many, load_messages
from benchmarks.workload import dealt, edits, read_requests, write_requests
from outbox.connectors.memory import MemoryRemote
from outbox.connectors.rest_writes import body_of
from outbox.models import Lane, Message, State
from tests.outbox.situations import drain

ON_POSTGRESQL = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="contenders are measured on PostgreSQL"
)


def test_edits_are_of_each_record_in_turn() -> None:
    messages = edits(5, records=2, prefix="A")

    assert [(message.key, message.sequence) for message in messages] == [
        ("A0000000", 1),
        ("A0000001", 1),
        ("A0000000", 2),
        ("A0000001", 2),
        ("A0000000", 3),
    ]
    assert len({message.idempotency_key for message in messages}) == 5


def test_a_record_stays_with_one_process() -> None:
    hands = dealt(edits(12, records=4, prefix="A"), 2)

    assert [len(hand) for hand in hands] == [6, 6]
    assert not {message.key for message in hands[0]} & {message.key for message in hands[1]}


def test_requests_are_read_as_they_were_written(tmp_path: Path) -> None:
    [message] = edits(1, records=1, prefix="A")
    write_requests([message], tmp_path / "requests")

    assert read_requests(tmp_path / "requests") == [
        (
            "/customers/A0000000",
            {"Idempotency-Key": message.idempotency_key, "Outbox-Sequence": "1"},
            message.body,
        )
    ]


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_what_is_loaded_is_delivered_with_the_same_keys_and_bytes(erp: MemoryRemote) -> None:
    messages = edits(6, records=2, prefix="A")
    for key in ("A0000000", "A0000001"):
        erp.entities["customers", key] = {"id": key, "customer_no": key}
    connection.ensure_connection()
    load_messages(connection.connection, messages)

    drain()

    sent = {request.idempotency_key: body_of(request) for request in erp.applied}
    assert sent == {message.idempotency_key: message.body for message in messages}
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}
    assert not Lane.objects.filter(due_at__isnull=False).exists()


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_a_backlog_that_the_server_makes_can_be_delivered(erp: MemoryRemote) -> None:
    for number in range(1, 4):
        key = f"L{number:08d}"
        erp.entities["customers", key] = {"id": key, "customer_no": key}
    connection.ensure_connection()
    load_many(connection.connection, 3, prefix="L")

    drain()

    assert Counter(Message.objects.values_list("state", flat=True)) == {State.DELIVERED: 3}
    assert [message.id.version for message in Message.objects.all()] == [7, 7, 7]
    assert [request.key for request in sorted(erp.applied, key=lambda r: r.idempotency_key)] == [
        "L00000001",
        "L00000002",
        "L00000003",
    ]
