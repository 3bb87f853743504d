"""`manage.py backfill`: records that are older than a destination are sent to it."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client

from customers.models import Customer
from outbox import pacing
from outbox.connectors.memory import MemoryRemote
from outbox.draining import drain_once
from outbox.models import Lane, Message, Operation, Priority, State
from outbox.sync_status import Sync, sync_statuses
from records import backfilling
from records.actions import create_record, delete_record, update_record
from records.actions.locking import locked
from records.badges import badges_of
from records.context import EditContext, Source
from records.models import Change
from records.registry import RecordType
from records.timeline import timeline
from tests.people import browser_of, person
from tests.records.conftest import CustomerToCrm, MapCustomers, OnAnotherConnection

pytestmark = pytest.mark.django_db

Backfill = Callable[..., tuple[str, int]]


@pytest.fixture
def backfill() -> Backfill:
    """Runs the command for customers and the CRM; what was said, and the exit code."""

    def run(*arguments: str, **options: Any) -> tuple[str, int]:
        out, code = StringIO(), 0
        try:
            call_command(
                "backfill", *(arguments or ("crm", "customer")), stdout=out, stderr=out, **options
            )
        except SystemExit as stopped:
            code = int(str(stopped.code))
        return out.getvalue(), code

    return run


@pytest.fixture
def three(customers: RecordType, alice: EditContext) -> None:
    """Customers A, B and C, from before there was a CRM."""
    for number, name in (("A", "Alfreds"), ("B", "Bottom"), ("C", "Chop-suey")):
        create_record(customers, {"number": number, "name": name, "city": "Bonn"}, context=alice)


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each record is a chunk of its own."""
    for name in ("FIRST", "LEAST", "MOST"):
        monkeypatch.setattr(pacing, name, 1)


def to_crm(key: str = "") -> list[Message]:
    messages = Message.objects.filter(lane__destination="crm").order_by("lane__key", "sequence")
    return list(messages.filter(lane__key=key) if key else messages)


def between_chunks(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Do something once, after the first chunk has committed."""
    real, to_do = pacing.Pace.make_room, [do]

    def make_room(pace: pacing.Pace) -> None:
        real(pace)
        if to_do:
            to_do.pop()()

    monkeypatch.setattr(pacing.Pace, "make_room", make_room)


# What is sent


@pytest.mark.django_db(transaction=True)
def test_a_destination_that_is_added_later_gets_everything(
    three: None, customers_in_both: RecordType, crm: MemoryRemote, backfill: Backfill
) -> None:
    assert backfill() == ("crm: 3 sent, 0 given before, 0 not meant for it, 0 refused.\n", 0)
    drain_once("crm", seconds=5)
    accounts = {key: entity["title"] for (_, key), entity in crm.entities.items()}
    assert accounts == {"A": "Alfreds", "B": "Bottom", "C": "Chop-suey"}


def test_each_record_is_sent_as_a_whole_behind_all_edits_and_says_by_what(
    three: None, customers_in_both: RecordType, alice: EditContext, backfill: Backfill
) -> None:
    update_record(customers_in_both, "A", {"city": "Kiel"}, context=alice)  # not the CRM's business
    changes = Change.objects.count()
    backfill()
    message = to_crm("A")[0]
    assert message.operation == Operation.CREATE
    assert message.payload == {"code": "A", "title": "Alfreds", "stage": "live", "limit": None}
    assert (message.record_version, message.mapping_version) == (2, 3)
    assert (message.priority, message.source) == (Priority.BULK, Source.COMMAND)
    assert (message.actor, message.reference) == ("backfill", message.batch)
    assert message.lane.present
    assert len({message.edit_id for message in to_crm()}) == 3
    assert Change.objects.count() == changes
    assert Message.objects.filter(lane__destination="erp", source=Source.COMMAND).count() == 0


def test_what_it_has_been_given_is_not_sent_again(
    three: None, customers_in_both: RecordType, alice: EditContext, backfill: Backfill
) -> None:
    update_record(customers_in_both, "B", {"name": "Bottom-Dollar"}, context=alice)
    assert "2 sent, 1 given before" in backfill()[0]
    assert "0 sent, 3 given before" in backfill()[0]
    assert [message.lane.key for message in to_crm()] == ["A", "B", "C"]


def test_what_it_once_had_and_lost_by_a_delete_is_not_sent(
    three: None, customers_in_both: RecordType, alice: EditContext, backfill: Backfill
) -> None:
    backfill()
    delete_record(customers_in_both, "A", context=alice)
    assert "0 sent, 2 given before" in backfill()[0]


def test_what_the_mapping_does_not_apply_to_is_left_out(
    three: None, crm: MemoryRemote, map_customers: MapCustomers, backfill: Backfill
) -> None:
    class OnlyB(CustomerToCrm):
        def applies_to(self, customer: Customer) -> bool:
            return customer.number == "B"

    map_customers(OnlyB())
    assert "1 sent, 0 given before, 2 not meant for it" in backfill()[0]
    assert [message.lane.key for message in to_crm()] == ["B"]


def test_what_it_could_not_take_is_named_and_stops_no_other(
    three: None,
    customers: RecordType,
    customers_in_both: RecordType,
    alice: EditContext,
    backfill: Backfill,
) -> None:
    update_record(customers, "B", {"name": "B" * 41, "status": "closed"}, context=alice)
    said, code = backfill()
    assert "B: name: The CRM takes 40 characters at most (this has 41).; status: The CRM" in said
    assert "2 sent, 0 given before, 0 not meant for it, 1 refused" in said
    assert code == 1
    assert [message.lane.key for message in to_crm()] == ["A", "C"]
    update_record(customers, "B", {"name": "B", "status": "active"}, context=alice)
    assert backfill()[1] == 0
    assert len(to_crm("B")) == 1


def test_a_dry_run_counts_and_sends_nothing(
    three: None, customers_in_both: RecordType, backfill: Backfill
) -> None:
    said, code = backfill(dry_run=True)
    assert "3 sent, 0 given before" in said
    assert "Nothing was sent" in said
    assert (code, to_crm()) == (0, [])


# Once more


@pytest.mark.django_db(transaction=True)
def test_all_are_sent_again_as_they_are_now(
    three: None, customers_in_both: RecordType, crm: MemoryRemote, backfill: Backfill
) -> None:
    backfill()
    drain_once("crm", seconds=5)
    crm.entities["accounts", "A"]["title"] = "Somebody else's"
    assert "3 sent" in backfill(all=True)[0]
    drain_once("crm", seconds=5)
    assert crm.entities["accounts", "A"]["title"] == "Alfreds"
    assert [message.operation for message in to_crm("A")] == ["create", "update"]
    assert to_crm("A")[1].payload == to_crm("A")[0].payload


def test_all_means_those_too_that_it_was_never_given(
    three: None, customers_in_both: RecordType, alice: EditContext, backfill: Backfill
) -> None:
    update_record(customers_in_both, "B", {"name": "Bottom-Dollar"}, context=alice)
    backfill(all=True)
    assert [message.operation for message in to_crm()] == ["create", "create", "update", "create"]


def test_a_run_of_all_that_was_stopped_goes_on_by_its_name(
    three: None,
    customers_in_both: RecordType,
    backfill: Backfill,
    one_by_one: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backfill()

    def interrupted() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        between_chunks(patch, interrupted)
        said, code = backfill(all=True)
    assert "Stopped: 1 sent" in said
    assert code == 130
    run = said.split("--resume ")[1].split()[0]
    assert "2 sent, 1 given before" in backfill(all=True, resume=run)[0]
    assert "0 sent, 3 given before" in backfill(all=True, resume=run)[0]
    assert len(to_crm()) == 6
    assert "3 sent" in backfill(all=True)[0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"resume": "2026-05-04T08:00:00Z"}, "--resume goes with --all"),
        ({"all": True, "resume": "the last one"}, "--resume is 'the last one'"),
    ],
)
def test_a_run_that_cannot_be_is_refused(
    customers_in_both: RecordType, backfill: Backfill, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        backfill(**options)


@pytest.mark.django_db(transaction=True)
def test_killed_within_a_chunk_it_goes_on_and_sends_nothing_twice(
    three: None,
    customers_in_both: RecordType,
    crm: MemoryRemote,
    backfill: Backfill,
    one_by_one: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Killed(BaseException):
        pass

    def die(name: str) -> None:
        if Lane.objects.filter(destination="crm").count() == 2:
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(backfilling, "crash_point", die)
        backfill()
    assert len(to_crm()) == 1
    assert "2 sent, 1 given before" in backfill()[0]
    drain_once("crm", seconds=5)
    assert sorted(request.key for request in crm.received) == ["A", "B", "C"]


# Edits meanwhile


@pytest.mark.django_db(transaction=True)
def test_edits_during_the_backfill_stay_in_order(
    three: None,
    customers_in_both: RecordType,
    crm: MemoryRemote,
    alice: EditContext,
    backfill: Backfill,
    one_by_one: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def edit_both() -> None:  # A has had its turn, B has not
        for key in ("A", "B"):
            update_record(customers_in_both, key, {"name": f"New {key}"}, context=alice)
        create_record(customers_in_both, {"number": "D", "name": "Drachen"}, context=alice)

    between_chunks(monkeypatch, edit_both)
    assert "2 sent, 2 given before" in backfill()[0]
    drain_once("crm", seconds=5)
    assert [message.operation for message in to_crm()] == [
        *("create", "update"),  # A
        *("create", "create", "create"),
    ]
    titles = {key: entity["title"] for (_, key), entity in crm.entities.items()}
    assert titles == {"A": "New A", "B": "New B", "C": "Chop-suey", "D": "Drachen"}
    assert not Message.objects.filter(lane__destination="crm").exclude(state=State.DELIVERED)


def test_a_record_that_is_deleted_meanwhile_is_passed_by(
    three: None,
    customers_in_both: RecordType,
    alice: EditContext,
    backfill: Backfill,
    one_by_one: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    between_chunks(monkeypatch, lambda: delete_record(customers_in_both, "C", context=alice))
    assert "2 sent, 0 given before, 0 not meant for it, 0 refused" in backfill()[0]
    assert to_crm("C") == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks no single record")
def test_a_record_that_somebody_edits_is_sent_when_that_is_done(
    three: None,
    customers_in_both: RecordType,
    backfill: Backfill,
    on_another_connection: OnAnotherConnection,
) -> None:
    with transaction.atomic():
        locked(customers_in_both, "A")
        beside = on_another_connection(backfill)
        assert beside.is_waiting()
        committed = on_another_connection(lambda: [message.lane.key for message in to_crm()])
        assert committed.outcome() == ["B", "C"]  # the others did not wait
    assert "3 sent" in beside.outcome()[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks no single record")
def test_a_record_that_stays_locked_is_reported(
    three: None,
    customers_in_both: RecordType,
    backfill: Backfill,
    on_another_connection: OnAnotherConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backfilling, "PATIENCE", 0.3)
    with transaction.atomic():
        locked(customers_in_both, "A")
        said, code = on_another_connection(backfill).outcome()
    assert "A: Somebody else keeps this record locked." in said
    assert "2 sent, 0 given before, 0 not meant for it, 1 refused" in said
    assert code == 1


# What others see of it


@pytest.mark.django_db(transaction=True)
def test_a_message_without_an_edit_shows_as_any_other(
    three: None, customers_in_both: RecordType, crm: MemoryRemote, backfill: Backfill
) -> None:
    backfill()
    browser: Client = browser_of(person("alice", "editor"))
    url = f"/customers/{Customer.objects.get(number='A').pk}/"
    by_label = {badge.label: badge.hook for badge in badges_of("customer", "A")}
    assert by_label == {"ERP": "sending", "CRM": "sending"}
    [entry] = timeline(customers_in_both, "A")
    assert [delivery.label for delivery in entry.deliveries] == ["ERP"]
    assert "CRM" in browser.get(url).content.decode()
    drain_once("erp", seconds=5)
    drain_once("crm", seconds=5)
    assert {status.sync for status in sync_statuses("customer", ["A"])["A"]} == {Sync.IN_SYNC}
    assert browser.get(url).status_code == 200


# The command line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("shop", "customer"), "no destination 'shop'.*erp, crm"),
        (("crm", "order"), "no record type 'order'; there are: .*customer"),
        (("crm", "product"), "products have no mapping to crm; they go to: erp"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(
    customers_in_both: RecordType, backfill: Backfill, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        backfill(*arguments)


def test_nothing_is_said_where_nothing_is_asked(
    three: None, customers_in_both: RecordType, backfill: Backfill
) -> None:
    assert backfill(verbosity=0) == ("", 0)


def test_its_queries_do_not_grow_with_the_records_of_a_page(
    customers: RecordType,
    customers_in_both: RecordType,
    alice: EditContext,
    backfill: Backfill,
    django_assert_max_num_queries: Any,
) -> None:
    for n in range(24):
        create_record(customers, {"number": f"N{n}", "name": "Name"}, context=alice)
    with django_assert_max_num_queries(14):
        assert "24 sent" in backfill()[0]
    with django_assert_max_num_queries(4):
        assert "24 given before" in backfill()[0]
