"""The change log: the history of every record, which nobody rewrites."""

import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from outbox.models import Attempt, Lane, Message
from records.actions import create_record, delete_record, update_record
from records.context import EditContext
from records.models import Change, Kind, Record
from records.registry import RecordType

pytestmark = pytest.mark.django_db


def test_every_edit_is_one_row(customers: RecordType, acme: Record, bob: EditContext) -> None:
    update_record(customers, "C-1", {"name": "Bolt", "city": "Bonn"}, context=bob)
    delete_record(customers, "C-1", context=bob)

    rows = Change.objects.order_by("version").values_list("version", "kind", "actor")
    assert list(rows) == [
        (1, Kind.CREATE, "alice"),
        (2, Kind.UPDATE, "bob"),
        (3, Kind.DELETE, "bob"),
    ]


def test_numbers_are_logged_without_loss(products: RecordType, alice: EditContext) -> None:
    values = {"sku": "P-1", "name": "Screw", "currency": "EUR", "price": "0.1"}
    edit = create_record(products, values, context=alice)

    assert edit.change is not None
    edit.change.refresh_from_db()
    assert edit.change.changes["price"] == [None, "0.1000"]


def test_a_row_is_not_rewritten(acme: Record) -> None:
    change = Change.objects.get()
    change.actor = "bob"

    with pytest.raises(TypeError, match="only added to"):
        change.save()


def test_a_version_is_logged_once(acme: Record) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Change.objects.create(
            record_type="customer",
            key="C-1",
            record_id=acme.pk,
            version=1,
            kind=Kind.UPDATE,
            changes={},
            actor="bob",
            source="form",
            reference="",
            at=timezone.now(),
        )


def test_it_outlives_the_messages(acme: Record) -> None:
    Attempt.objects.all().delete()
    Message.objects.all().delete()
    Lane.objects.all().delete()

    assert Change.objects.get().key == "C-1"


def test_it_outlives_the_record(customers: RecordType, acme: Record, bob: EditContext) -> None:
    delete_record(customers, "C-1", context=bob)

    assert Change.objects.filter(record_id=acme.pk).count() == 2


def test_a_message_leads_to_its_edit(acme: Record) -> None:
    edit_id: uuid.UUID = Message.objects.get().edit_id

    assert Change.objects.get(pk=edit_id).record_id == acme.pk
