"""The timeline: each edit of a key, and what became of it at each destination."""

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from outbox.connectors.memory import MemoryRemote
from outbox.draining import drain_once
from outbox.models import Message, Outcome, State
from outbox.retention import purge
from records.actions import (
    create_record,
    delete_record,
    receive_remote_values,
    update_record,
)
from records.context import EditContext
from records.models import Kind, Record
from records.registry import RecordType
from records.timeline import timeline

pytestmark = pytest.mark.django_db


def test_the_newest_edit_comes_first(customers: RecordType, acme: Record, bob: EditContext) -> None:
    update_record(customers, "C-1", {"city": "Bonn"}, context=bob)

    assert [entry.change.version for entry in timeline(customers, "C-1")] == [2, 1]


def test_another_key_has_another_timeline(
    customers: RecordType, acme: Record, alice: EditContext
) -> None:
    create_record(customers, {"number": "C-2", "name": "Bolt"}, context=alice)

    assert [entry.change.key for entry in timeline(customers, "C-2")] == ["C-2"]


def test_an_equal_key_of_another_type_has_another_timeline(
    customers: RecordType, products: RecordType, acme: Record
) -> None:
    assert timeline(products, "C-1") == []


def test_the_record_that_had_the_key_before_is_part_of_it(
    customers: RecordType, acme: Record, bob: EditContext
) -> None:
    delete_record(customers, "C-1", context=bob)
    create_record(customers, {"number": "C-1", "name": "Acme"}, context=bob)

    kinds = [entry.change.kind for entry in timeline(customers, "C-1")]
    assert kinds == [Kind.CREATE, Kind.DELETE, Kind.CREATE]


def test_only_the_newest_edits_are_shown(
    customers: RecordType, acme: Record, bob: EditContext
) -> None:
    for city in ("Bonn", "Berlin", "Bremen"):
        update_record(customers, "C-1", {"city": city}, context=bob)

    assert [entry.change.version for entry in timeline(customers, "C-1", newest=2)] == [4, 3]


def test_a_delivery_that_waits_has_taken_no_time_yet(customers: RecordType, acme: Record) -> None:
    [delivery] = timeline(customers, "C-1")[0].deliveries

    assert (delivery.label, delivery.message.state) == ("ERP", State.PENDING)
    assert (delivery.seconds, list(delivery.attempts)) == (None, [])


@pytest.mark.django_db(transaction=True)
def test_a_delivery_shows_its_attempts(
    customers: RecordType, erp: MemoryRemote, acme: Record
) -> None:
    drain_once("erp", seconds=5)

    [delivery] = timeline(customers, "C-1")[0].deliveries
    assert [attempt.outcome for attempt in delivery.attempts] == [Outcome.DELIVERED]
    assert delivery.seconds is not None


def test_deliveries_are_shown_by_destination(
    customers_in_both: RecordType, alice: EditContext
) -> None:
    create_record(customers_in_both, {"number": "C-1", "name": "Acme"}, context=alice)

    [entry] = timeline(customers_in_both, "C-1")
    assert [delivery.label for delivery in entry.deliveries] == ["CRM", "ERP"]


def test_messages_of_one_edit_are_shown_in_the_order_of_their_lane(
    customers: RecordType, acme: Record, bob: EditContext
) -> None:
    update_record(customers, "C-1", {"city": "Bonn"}, context=bob)
    first, last = Message.objects.order_by("sequence")
    Message.objects.update(edit_id=first.edit_id)  # as that of a replay has
    Message.objects.filter(pk=first.pk).update(sequence=3)  # wherever its row stands

    deliveries = timeline(customers, "C-1")[-1].deliveries
    assert [delivery.message.pk for delivery in deliveries] == [last.pk, first.pk]


def test_a_destination_that_is_no_more_goes_by_its_name(
    customers_in_both: RecordType, alice: EditContext, settings: Settings
) -> None:
    create_record(customers_in_both, {"number": "C-1", "name": "Acme"}, context=alice)
    settings.DESTINATIONS = {"erp": settings.DESTINATIONS["erp"]}

    [entry] = timeline(customers_in_both, "C-1")
    assert [delivery.label for delivery in entry.deliveries] == ["crm", "ERP"]


@pytest.mark.django_db(transaction=True)
def test_an_edit_whose_messages_are_deleted_by_now_says_so(
    customers: RecordType, erp: MemoryRemote, acme: Record, bob: EditContext
) -> None:
    assert not timeline(customers, "C-1")[0].is_forgotten
    drain_once("erp", seconds=5)
    update_record(customers, "C-1", {"city": "Bonn"}, context=bob)
    purge(keep=0)

    newer, older = timeline(customers, "C-1")
    assert (len(newer.deliveries), newer.is_forgotten) == (1, False)
    assert (len(older.deliveries), older.is_forgotten) == (0, True)


def test_an_edit_that_nobody_had_to_hear_of_is_not_taken_for_a_deleted_one(
    customers: RecordType, acme: Record, alice: EditContext
) -> None:
    receive_remote_values(customers, "C-1", {"credit_limit": "9"}, destination="erp", context=alice)

    newer, older = timeline(customers, "C-1")
    assert (len(newer.deliveries), newer.is_forgotten) == (0, False)
    assert (len(older.deliveries), older.is_forgotten) == (1, False)


def test_its_queries_do_not_grow_with_the_history(
    customers: RecordType,
    acme: Record,
    bob: EditContext,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for city in ("Bonn", "Berlin", "Bremen"):
        update_record(customers, "C-1", {"city": city}, context=bob)
    assert Message.objects.count() == 4

    with django_assert_num_queries(3):
        timeline(customers, "C-1")
