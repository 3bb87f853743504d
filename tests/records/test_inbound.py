"""Inbound: what a remote decides comes back with its acknowledgements."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

import pytest
from django.db import connection

from customers.mapping import CustomerToErp
from customers.models import Customer
from outbox.connectors.base import Request
from outbox.connectors.memory import MemoryRemote
from outbox.draining import drain_once
from outbox.models import Lane, Message, Operation
from outbox.signals import acknowledged, announce_again
from records.actions import create_record, delete_record, update_record
from records.context import EditContext
from records.mapping import REMOTE, Field
from records.models import Change, Record
from records.registry import RecordType
from tests.records.conftest import CustomerToCrm, MapCustomers

pytestmark = pytest.mark.django_db(transaction=True)

ErpDecides = Callable[..., None]


@pytest.fixture
def erp_decides(erp: MemoryRemote) -> ErpDecides:
    """Has the ERP acknowledge with these values of its own beside ours."""

    def decide(**values: Any) -> None:
        def answer(request: Request) -> None:
            _, acknowledgement = erp.replies[request.idempotency_key]
            cast("dict[str, Any]", acknowledgement.values).update(values)

        erp.after = answer

    return decide


def _credit_limit() -> Any:
    return Customer.objects.get().credit_limit


def test_a_value_of_the_remotes_lands_in_the_record(acme: Record, erp_decides: ErpDecides) -> None:
    erp_decides(credit_limit="500.00")
    drain_once("erp", seconds=5)

    assert _credit_limit() == 500


def test_it_is_logged_as_the_remotes(acme: Record, erp_decides: ErpDecides) -> None:
    erp_decides(credit_limit=500)
    drain_once("erp", seconds=5)

    change = Change.objects.get(version=2)
    assert (change.actor, change.source) == ("ERP", "inbound")
    assert change.reference == "acknowledgement 1"
    assert change.changes == {"credit_limit": [None, "500.00"]}


def test_it_is_not_echoed(acme: Record, erp: MemoryRemote, erp_decides: ErpDecides) -> None:
    erp_decides(credit_limit="500")
    drain_once("erp", seconds=5)
    drain_once("erp", seconds=5)

    assert Message.objects.count() == 1
    assert len(erp.received) == 1


def test_it_goes_on_to_a_destination_that_takes_it(
    customers_in_both: RecordType, alice: EditContext, erp_decides: ErpDecides
) -> None:
    create_record(customers_in_both, {"number": "C-1", "name": "Acme"}, context=alice)
    erp_decides(credit_limit="500")
    drain_once("erp", seconds=5)

    message = Message.objects.get(source="inbound")
    assert message.lane.destination == "crm"
    assert (message.operation, message.payload) == (Operation.UPDATE, {"limit": "500.00"})


def test_a_value_that_is_as_it_was_writes_nothing_more(
    customers: RecordType, acme: Record, bob: EditContext, erp_decides: ErpDecides
) -> None:
    erp_decides(credit_limit="500")
    drain_once("erp", seconds=5)
    update_record(customers, "C-1", {"city": "Bonn"}, context=bob)
    drain_once("erp", seconds=5)

    assert Change.objects.filter(source="inbound").count() == 1


def test_a_value_that_the_remote_takes_back_is_empty_here(
    customers: RecordType, acme: Record, bob: EditContext, erp_decides: ErpDecides
) -> None:
    erp_decides(credit_limit="500")
    drain_once("erp", seconds=5)
    erp_decides(credit_limit=None)
    update_record(customers, "C-1", {"city": "Bonn"}, context=bob)
    drain_once("erp", seconds=5)

    assert _credit_limit() is None


def test_a_value_that_the_remote_does_not_mention_stays(
    customers: RecordType,
    acme: Record,
    bob: EditContext,
    erp: MemoryRemote,
    erp_decides: ErpDecides,
) -> None:
    erp_decides(credit_limit="500")
    drain_once("erp", seconds=5)
    erp.after = lambda request: None
    update_record(customers, "C-1", {"city": "Bonn"}, context=bob)
    drain_once("erp", seconds=5)

    assert _credit_limit() == 500


def test_what_is_decided_here_is_not_taken_from_the_remote(
    acme: Record, erp_decides: ErpDecides
) -> None:
    erp_decides(display_name="ACME CORP.", credit_limit="500")
    drain_once("erp", seconds=5)

    saved = Customer.objects.get()
    assert (saved.name, saved.credit_limit) == ("Acme", Decimal(500))


@pytest.mark.parametrize("rubbish", ["plenty", -1e300, {"amount": 5}, [5], True, "NaN"])
def test_rubbish_is_left_out_and_logged(
    rubbish: Any, acme: Record, erp_decides: ErpDecides, caplog: pytest.LogCaptureFixture
) -> None:
    erp_decides(credit_limit=rubbish)
    drain_once("erp", seconds=5)

    assert _credit_limit() is None
    assert "What erp says of C-1 cannot be kept: credit_limit" in caplog.text


def test_rubbish_in_one_field_keeps_no_other_out(
    map_customers: MapCustomers, alice: EditContext, erp_decides: ErpDecides
) -> None:
    class Ledger(CustomerToCrm):
        class Meta(CustomerToCrm.Meta):
            destination = "erp"

        credit_limit = Field("limit", owner=REMOTE)
        tax_id = Field("vat_id", owner=REMOTE)

    customers = map_customers(Ledger())
    create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice)
    erp_decides(limit="plenty", vat_id="DE 123")
    drain_once("erp", seconds=5)

    saved = Customer.objects.get()
    assert (saved.credit_limit, saved.tax_id) == (None, "DE123")


def test_a_value_is_judged_beside_what_is_kept_here(
    map_customers: MapCustomers, alice: EditContext, erp_decides: ErpDecides
) -> None:
    class PhoneBook(CustomerToCrm):
        class Meta(CustomerToCrm.Meta):
            destination = "erp"

        phone = Field("phone", owner=REMOTE)

    customers = map_customers(PhoneBook())
    values = {"number": "C-1", "name": "Acme", "country": "DE"}
    create_record(customers, values, context=alice)
    erp_decides(phone="030 123456")
    drain_once("erp", seconds=5)

    assert Customer.objects.get().phone == "+4930123456"


def test_a_check_of_the_whole_record_sees_what_is_kept_here(
    map_customers: MapCustomers, alice: EditContext, erp_decides: ErpDecides
) -> None:
    def no_limit_without_country(values: Any) -> dict[str, str]:
        if values.get("credit_limit") and not values.get("country"):
            return {"country": "A credit limit needs a country."}
        return {}

    customers = map_customers(CustomerToErp(), check_record=no_limit_without_country)
    values = {"number": "C-1", "name": "Acme", "country": "DE"}
    create_record(customers, values, context=alice)
    erp_decides(credit_limit="500")
    drain_once("erp", seconds=5)

    assert _credit_limit() == 500


def test_a_record_that_was_deleted_meanwhile_is_let_be(
    customers: RecordType,
    acme: Record,
    bob: EditContext,
    erp: MemoryRemote,
    erp_decides: ErpDecides,
    caplog: pytest.LogCaptureFixture,
) -> None:
    erp_decides(credit_limit="500")
    delete_record(customers, "C-1", context=bob)
    drain_once("erp", seconds=5)

    assert not Customer.objects.exists()
    assert erp.entities == {}
    assert "C-1" not in caplog.text


def test_a_record_that_has_taken_the_key_meanwhile_gets_no_value_of_the_one_before(
    customers: RecordType, acme: Record, bob: EditContext, erp_decides: ErpDecides
) -> None:
    drain_once("erp", seconds=5)
    lane = Lane.objects.get()
    delete_record(customers, "C-1", context=bob)
    create_record(customers, {"number": "C-1", "name": "Bolt"}, context=bob)
    # The acknowledgement of an earlier edit of Acme is heard of only now.
    Lane.objects.update(shadow={"credit_limit": "500"})
    acknowledged.send(sender=None, lane_ids=[lane.pk])

    assert _credit_limit() is None


def test_the_acknowledged_delete_of_a_record_is_no_news(
    customers: RecordType, acme: Record, bob: EditContext, erp_decides: ErpDecides
) -> None:
    erp_decides(credit_limit="500")
    delete_record(customers, "C-1", context=bob)
    create_record(customers, {"number": "C-1", "name": "Bolt"}, context=bob)
    drain_once("erp", seconds=5)

    assert _credit_limit() == 500  # said of the new record, when that was acknowledged
    assert Change.objects.filter(source="inbound").count() == 1


def test_news_of_a_record_type_that_is_no_more_holds_up_no_other(
    customers: RecordType, alice: EditContext
) -> None:
    relic = Lane.objects.create(destination="erp", record_type="relic", key="R-1", shadow={})
    create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice)
    Lane.objects.filter(key="C-1").update(shadow={"credit_limit": "500"})
    lane_ids = [relic.pk, Lane.objects.get(key="C-1").pk]
    acknowledged.send(sender=None, lane_ids=lane_ids)

    assert _credit_limit() == 500


def test_what_another_destination_cannot_take_is_left_out_and_logged(
    crm: MemoryRemote,
    map_customers: MapCustomers,
    alice: EditContext,
    erp_decides: ErpDecides,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Choosy(CustomerToCrm):
        credit_limit = Field("limit", values={"low": "L"})

    customers = map_customers(CustomerToErp(), Choosy())
    create_record(customers, {"number": "C-1", "name": "Acme"}, context=alice)
    erp_decides(credit_limit="500")
    drain_once("erp", seconds=5)

    assert _credit_limit() is None
    assert "cannot be kept" in caplog.text


def test_news_that_got_lost_is_told_again(
    acme: Record, erp_decides: ErpDecides, monkeypatch: pytest.MonkeyPatch
) -> None:
    erp_decides(credit_limit="777.00")
    with monkeypatch.context() as lost:
        lost.setattr("outbox.draining.announce_acknowledged", lambda lane_ids: None)
        drain_once("erp", seconds=5)
    assert _credit_limit() is None
    announce_again()
    assert _credit_limit() == Decimal("777.00")
    assert not Lane.objects.untold().exists()


def test_a_record_that_somebody_edits_holds_up_nobody_and_is_told_again(
    acme: Record, erp_decides: ErpDecides
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one lock for the whole database")
    erp_decides(credit_limit="777.00")
    second = connection.copy()
    try:
        second.set_autocommit(False)
        with second.cursor() as cursor:
            cursor.execute("SELECT id FROM customers_customer FOR UPDATE")
        started = time.monotonic()
        drain_once("erp", seconds=5)
        assert time.monotonic() - started < 2
    finally:
        second.rollback()
        second.close()
    assert Lane.objects.untold().exists()
    announce_again()
    assert _credit_limit() == Decimal("777.00")
