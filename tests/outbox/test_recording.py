import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from outbox.connectors.memory import MemoryRemote
from outbox.errors import NotInTransaction
from outbox.models import Lane, Message, Operation, Priority
from outbox.recording import record
from tests.outbox.situations import draft, drain, edit, lane, pass_time

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_refuses_outside_a_transaction() -> None:
    with pytest.raises(NotInTransaction, match=r"transaction.atomic"):
        record([draft()])
    assert not Message.objects.exists()
    assert not Lane.objects.exists()


def test_a_rolled_back_edit_leaves_neither_message_nor_lane() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        record([draft()])
        raise RuntimeError
    assert not Message.objects.exists()
    assert not Lane.objects.exists()


def test_nothing_of_a_rolled_back_edit_leaves(erp: MemoryRemote) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        record([draft()])
        raise RuntimeError
    drain()
    assert erp.received == []


def test_sequences_of_a_lane_have_no_gaps() -> None:
    assert [edit().sequence for _ in range(3)] == [1, 2, 3]
    assert edit("OTHER").sequence == 1


def test_lanes_are_locked_in_one_order_whatever_order_they_come_in() -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        record([draft("B", destination="shop"), draft("B"), draft("A")])
    [locking] = [q["sql"] for q in queries if "INSERT INTO outbox_lane" in q["sql"]]
    named = re.findall(r'"destination": "(\w+)", .*?"key": "(\w+)"', locking)
    assert named == [("erp", "A"), ("erp", "B"), ("shop", "B")]


def test_a_lane_takes_one_message_at_a_time() -> None:
    with transaction.atomic(), pytest.raises(ValueError, match="one message at a time"):
        record([draft("A"), draft("A")])


def test_many_edits_are_recorded_at_once_each_in_its_own_lane() -> None:
    edit("B")
    with transaction.atomic():
        messages = record(
            [
                draft("A", operation="create"),
                draft("B", operation="update"),
                draft("C", operation="update"),  # the destination was never given it,
                draft("D", operation="delete"),  # nor this: there is nothing to delete
            ]
        )
    assert [(m.lane.key, m.operation, m.sequence) for m in messages] == [
        ("A", "create", 1),
        ("B", "update", 2),
        ("C", "create", 1),
    ]
    present = dict(Lane.objects.values_list("key", "present"))
    assert present == {"A": True, "B": True, "C": True}


def test_any_number_of_lanes_is_locked_in_one_statement() -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        messages = record([draft(f"K{number:04}") for number in range(1200)])
    assert [message.sequence for message in messages] == [1] * 1200
    assert len([q for q in queries if "INSERT INTO outbox_lane" in q["sql"]]) == 1


def test_a_rolled_back_edit_takes_no_sequence() -> None:
    edit()
    with pytest.raises(RuntimeError), transaction.atomic():
        record([draft()])
        raise RuntimeError
    assert edit().sequence == 2


def test_the_first_update_of_a_record_is_a_create_of_the_whole() -> None:
    message = edit(city="Berlin")
    assert message.operation == Operation.CREATE
    assert message.payload == {"customer_no": "ALFKI", "city": "Berlin"}
    assert edit(city="Bonn").payload == {"city": "Bonn"}


def test_after_a_delete_the_next_update_is_a_create_again() -> None:
    edit(operation="create")
    edit(operation="delete")
    assert edit(city="Berlin").operation == Operation.CREATE


def test_deleting_what_was_never_sent_records_nothing() -> None:
    with transaction.atomic():
        assert record([draft(operation="delete")]) == []
    assert not Lane.objects.exists()


def test_an_edit_makes_an_idle_lane_due() -> None:
    edit()
    Lane.objects.update(due_at=None)
    edit()
    assert lane().due_at is not None


def test_an_edit_does_not_shorten_a_backoff() -> None:
    edit()
    pass_time(-100)
    before = lane().due_at
    edit()
    assert lane().due_at == before


def test_an_edit_does_not_lift_a_block() -> None:
    Lane.objects.filter(pk=edit().lane_id).update(due_at=None, blocked_by=Message.objects.get())
    edit()
    assert lane().due_at is None


def test_a_lane_is_as_urgent_as_its_most_urgent_message() -> None:
    edit(priority=Priority.BULK)
    assert lane().priority == Priority.BULK
    edit(priority=Priority.INTERACTIVE)
    edit(priority=Priority.BULK)
    assert lane().priority == Priority.INTERACTIVE


def test_an_idle_lane_forgets_how_urgent_it_was() -> None:
    edit(priority=Priority.INTERACTIVE)
    Message.objects.update(state="delivered")
    Lane.objects.update(head_sequence=2, due_at=None)
    edit(priority=Priority.BULK)
    assert lane().priority == Priority.BULK
