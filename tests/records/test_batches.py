"""Batches: many rows at once do what each would have done by itself, in few statements."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from outbox.models import Lane, Message, Operation
from records.actions import (
    Expected,
    Row,
    Saved,
    Seen,
    Verdict,
    create_record,
    delete_record,
    prepare_rows,
    save_rows,
    update_record,
)
from records.context import EditContext
from records.errors import (
    FieldOwnedElsewhere,
    KeyTaken,
    RecordInvalid,
    RecordMissing,
    RemoteCannotTake,
    StaleRecord,
)
from records.models import Change, Record
from records.registry import RecordType
from tests.records.conftest import NothingWritten

pytestmark = pytest.mark.django_db


def _save(kind: RecordType, rows: Sequence[Row], context: EditContext) -> list[Saved]:
    prepared = prepare_rows(kind, rows)
    with transaction.atomic():
        return save_rows(kind, prepared, context=context)


def _row(number: str, *, expected: Seen | Expected = Expected.ANYTHING, **values: Any) -> Row:
    return Row(values={"number": number, **values}, reference=f"row of {number}", expected=expected)


def test_rows_create_change_or_leave_records(
    customers: RecordType, acme: Record, bob: EditContext
) -> None:
    create_record(customers, {"number": "C-2", "name": "Bolt"}, context=bob)
    rows = [_row("C-3", name="Cog"), _row("C-1", name="Acme Ltd"), _row(" C-2 ", name="Bolt")]

    saved = _save(customers, rows, bob)

    assert [item.verdict for item in saved] == [Verdict.NEW, Verdict.CHANGED, Verdict.UNCHANGED]
    assert [item.prepared.key for item in saved] == ["C-3", "C-1", "C-2"]
    assert [item.messages for item in saved] == [1, 1, 0]
    assert saved[2].edit_id is None
    names = dict(Customer.objects.values_list("number", "name"))
    assert names == {"C-1": "Acme Ltd", "C-2": "Bolt", "C-3": "Cog"}


def test_a_row_writes_what_a_single_edit_writes(
    customers: RecordType, acme: Record, alice: EditContext
) -> None:
    values = {"name": "Bolt", "country": "Germany", "phone": "030 1234567"}
    create_record(customers, {"number": "C-2", **values}, context=alice)
    update_record(customers, "C-2", {"city": "Bonn"}, context=alice)

    _save(customers, [Row(values={"number": "C-3", **values})], alice)
    _save(customers, [Row(values={"number": "C-3", "city": "Bonn"})], alice)

    def written(key: str) -> list[Any]:
        columns = ("version", "kind", "changes", "actor", "source", "reference")
        changes = list(Change.objects.filter(key=key).order_by("at").values(*columns))
        messages = Message.objects.filter(lane__key=key).order_by("sequence")
        sent = list(messages.values("operation", "payload", "changes", "priority", "sequence"))
        lanes = list(Lane.objects.filter(key=key).values("last_sequence", "present", "priority"))
        return [changes, sent, lanes]

    single, of_batch = written("C-2"), written("C-3")
    assert str(of_batch).replace("C-3", "C-2") == str(single)


def test_each_row_has_its_own_reference_and_the_context_the_rest(
    customers: RecordType, bob: EditContext
) -> None:
    _save(customers, [_row("C-1", name="Acme"), Row(values={"number": "C-2", "name": "Bolt"})], bob)

    by_key = Change.objects.values_list("key", "reference", "actor")
    assert set(by_key) == {("C-1", "row of C-1", "bob"), ("C-2", "request-2", "bob")}
    assert set(Message.objects.values_list("reference", flat=True)) == {"row of C-1", "request-2"}


def test_preparing_writes_nothing(
    customers: RecordType, acme: Record, nothing_written: NothingWritten
) -> None:
    with nothing_written():
        new, changed = prepare_rows(customers, [_row("C-2", name="Bolt"), _row("C-1", city="Bonn")])
    assert (new.verdict, new.version) == (Verdict.NEW, None)
    assert (changed.verdict, changed.version) == (Verdict.CHANGED, 1)
    assert changed.changes == {"city": ["", "Bonn"]}


def test_a_refused_row_is_left_out_and_says_why(
    customers: RecordType, acme: Record, bob: EditContext
) -> None:
    rows = [
        _row("C-2", name="Bolt", country="Atlantis"),
        _row("C-1", credit_limit="10"),
        _row("C-3"),
        _row("", name="Nobody"),
        _row("C-4", name="Dynamo"),
    ]

    saved = _save(customers, rows, bob)

    refusals = [type(item.refusal) for item in saved]
    assert refusals == [
        RecordInvalid,
        FieldOwnedElsewhere,
        RecordInvalid,
        RecordInvalid,
        type(None),
    ]
    assert "Atlantis" in str(saved[0].refusal)
    assert set(Customer.objects.values_list("number", flat=True)) == {"C-1", "C-4"}
    assert Change.objects.filter(actor="bob").count() == 1


def test_a_value_that_a_remote_cannot_take_refuses_the_row(
    customers_in_both: RecordType, bob: EditContext
) -> None:
    [saved] = _save(
        customers_in_both, [_row("C-1", name="A name far longer than the CRM can take, alas")], bob
    )
    assert isinstance(saved.refusal, RemoteCannotTake)
    assert not Customer.objects.exists()


def test_warnings_come_with_the_row(customers: RecordType, bob: EditContext) -> None:
    [saved] = _save(customers, [_row("C-1", name="Acme", phone="001-411-329-3904x709")], bob)
    assert saved.verdict == Verdict.NEW
    assert "kept as typed" in saved.warnings["phone"]


def test_what_was_changed_after_it_was_prepared_is_compared_again(
    customers: RecordType, acme: Record, alice: EditContext, bob: EditContext
) -> None:
    prepared = prepare_rows(customers, [_row("C-1", name="Acme Ltd")])
    update_record(customers, "C-1", {"city": "Bonn", "name": "Acme Ltd"}, context=alice)
    with transaction.atomic():
        [saved] = save_rows(customers, prepared, context=bob)
    assert saved.verdict == Verdict.UNCHANGED
    assert Customer.objects.get().city == "Bonn"


def test_a_record_that_was_deleted_after_the_row_was_prepared_is_created(
    customers: RecordType, acme: Record, alice: EditContext, bob: EditContext
) -> None:
    prepared = prepare_rows(customers, [_row("C-1", name="Acme Ltd")])
    delete_record(customers, "C-1", context=alice)
    with transaction.atomic():
        [saved] = save_rows(customers, prepared, context=bob)
    assert saved.verdict == Verdict.NEW
    assert list(Message.objects.order_by("sequence").values_list("operation", flat=True)) == [
        Operation.CREATE,
        Operation.DELETE,
        Operation.CREATE,
    ]


def test_an_edit_since_the_expected_version_refuses_the_row(
    customers: RecordType, acme: Record, alice: EditContext, bob: EditContext
) -> None:
    update_record(customers, "C-1", {"city": "Bonn"}, context=alice)
    [saved] = _save(customers, [_row("C-1", name="Acme Ltd", expected=Seen(acme.pk, 1))], bob)
    assert isinstance(saved.refusal, StaleRecord)
    assert Customer.objects.get().name == "Acme"


def test_a_record_that_was_expected_and_is_gone_refuses_the_row(
    customers: RecordType, bob: EditContext
) -> None:
    seen = Seen(uuid4(), 1)
    [saved] = _save(customers, [_row("C-1", name="Acme Ltd", expected=seen)], bob)
    assert isinstance(saved.refusal, RecordMissing)
    assert not Customer.objects.exists()


def test_another_record_of_the_same_key_and_version_is_not_the_one_that_was_seen(
    customers: RecordType, acme: Record, alice: EditContext, bob: EditContext
) -> None:
    delete_record(customers, "C-1", context=alice)
    create_record(customers, {"number": "C-1", "name": "Another"}, context=alice)
    rows = [_row("C-1", name="Acme Ltd", expected=Seen(acme.pk, 1))]
    [saved] = _save(customers, rows, bob)
    assert isinstance(saved.refusal, RecordMissing)
    assert Customer.objects.get().name == "Another"


def test_a_record_that_was_not_expected_and_is_there_refuses_the_row(
    customers: RecordType, acme: Record, bob: EditContext
) -> None:
    [saved] = _save(customers, [_row("C-1", name="Acme Ltd", expected=Expected.ABSENT)], bob)
    assert isinstance(saved.refusal, KeyTaken)
    assert Customer.objects.get().name == "Acme"


def test_a_row_that_changes_nothing_is_fine_whatever_it_expected(
    customers: RecordType, acme: Record, alice: EditContext, bob: EditContext
) -> None:
    update_record(customers, "C-1", {"city": "Bonn"}, context=alice)
    rows = [_row("C-1", city="Bonn", expected=Seen(acme.pk, 1))]
    assert [item.verdict for item in _save(customers, rows, bob)] == [Verdict.UNCHANGED]


def test_two_rows_of_one_key_are_refused_as_a_whole(
    customers: RecordType, bob: EditContext, nothing_written: NothingWritten
) -> None:
    rows = [_row("C-1", name="Acme"), _row(" C-1", name="Bolt")]
    with nothing_written(), pytest.raises(ValueError, match="same key"):
        _save(customers, rows, bob)


def test_a_record_that_somebody_creates_meanwhile_rolls_the_batch_back(
    customers: RecordType, alice: EditContext, bob: EditContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = prepare_rows(customers, [_row("C-1", name="Acme"), _row("C-2", name="Bolt")])
    create_record(customers, {"number": "C-2", "name": "Cog"}, context=alice)
    monkeypatch.setattr("records.actions.batch.all_locked", lambda *_: {})  # not seen yet
    with pytest.raises(IntegrityError), transaction.atomic():
        save_rows(customers, prepared, context=bob)
    assert Customer.objects.get().name == "Cog"
    assert not Message.objects.filter(actor="bob").exists()


def test_many_rows_keep_what_one_keeps(customers: RecordType, bob: EditContext) -> None:
    values: dict[str, Any] = {
        "name": "\\N \\. \\t %s {} 'Bolt' \"Ünïcode\" 🔩",
        "notes": "first\n\\\nlast",
        "city": "",
    }
    create_record(customers, {"number": "C-1", **values}, context=bob)

    _save(customers, [_row("C-2", **values), _row("C-3", **values)], bob)

    alone, *together = Customer.objects.order_by("number")
    assert [record.values(values) for record in together] == [alone.values(values)] * 2
    assert [record.values(values) for record in together] == [values] * 2
    first, *others = Message.objects.order_by("lane__key")
    for message in others:
        assert message.payload | {"customer_no": "C-1"} == first.payload
        number = {"number": [None, "C-1"]}
        assert message.changes | number == first.changes
        assert Change.objects.get(pk=message.edit_id).changes | number == first.changes
        assert (message.created_at, message.state) == (others[0].created_at, first.state)


def test_a_hundred_new_rows_take_no_more_statements_than_ten(
    customers: RecordType, bob: EditContext
) -> None:
    def statements(numbers: range) -> int:
        rows = [_row(f"N-{number}", name="New") for number in numbers]
        with CaptureQueriesContext(connection) as queries:
            _save(customers, rows, bob)
        return len(queries)

    assert statements(range(10)) == statements(range(100, 200)) <= 9
