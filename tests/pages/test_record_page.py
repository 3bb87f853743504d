"""The record page: its fields, and its history with each delivery."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from outbox.claiming import claim
from outbox.connectors.errors import Rejected
from outbox.connectors.memory import MemoryRemote
from outbox.draining import drain_once
from outbox.models import Attempt, Message
from outbox.retention import purge
from outbox.shares import Shares
from products.models import Product
from records.actions import receive_remote_values, update_record
from records.context import EditContext, Source
from records.models import Change
from records.registry import record_type
from tests.pages.conftest import Snapshot, add_customer, typed


def test_each_field_is_shown_with_its_label(alices_browser: Client, acme: Customer) -> None:
    page = alices_browser.get(f"/customers/{acme.pk}/").content.decode()
    for field in Customer.data_fields():
        assert f'data-field="{field.name}"' in page
    assert "<dt>Contact person</dt>" in page
    assert '<dd class="text-body-secondary">–</dd>' in page
    assert '<span class="kept-by">kept by the ERP</span>' in page


def test_the_form_has_all_fields_too(alices_browser: Client, acme: Customer, bolt: Product) -> None:
    for url, model in (
        (f"/customers/{acme.pk}/edit/", Customer),
        (f"/products/{bolt.pk}/edit/", Product),
    ):
        page = alices_browser.get(url).content.decode()
        assert all(f'id="id_{field.name}"' in page for field in model.data_fields())


def test_the_history_tells_old_and_new(
    alices_browser: Client, bobs_browser: Client, acme: Customer
) -> None:
    bobs_browser.post(
        f"/customers/{acme.pk}/edit/", typed(acme, city="Kiel", status="on_hold", email="")
    )
    page = alices_browser.get(f"/customers/{acme.pk}/timeline/").content.decode()
    assert "<strong>bob</strong> changed this" in page
    assert "<strong>alice</strong> created this" in page
    for old, new in (("Berlin", "Kiel"), ("active", "on hold"), ("info@acme.example", "–")):
        assert f'<del>{old}</del> <span aria-label="became">→</span> <ins>{new}</ins>' in page


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Source.FORM, "through the form"),
        (Source.API, "through the API"),
        (Source.CSV, "through the CSV upload"),
        (Source.COMMAND, "through the command"),
    ],
)
def test_the_history_tells_through_what(
    alices_browser: Client, acme: Customer, source: Source, words: str
) -> None:
    context = EditContext(actor="bob", source=source, reference="customers.csv row <40>")
    update_record(record_type("customer"), "C-1", {"city": "Kiel"}, context=context)
    page = alices_browser.get(f"/customers/{acme.pk}/timeline/").content.decode()
    assert words in page
    assert "customers.csv row &lt;40&gt;" in page


def test_amounts_in_the_history_have_no_useless_zeros(
    alices_browser: Client, bolt: Product
) -> None:
    page = alices_browser.get(f"/products/{bolt.pk}/timeline/").content.decode()
    assert "<ins>18.00</ins>" in page
    assert "<ins>0.25</ins>" in page


def test_what_the_remote_decided_is_told_as_its_edit(
    alices_browser: Client, acme: Customer
) -> None:
    receive_remote_values(
        record_type("customer"),
        "C-1",
        {"credit_limit": "500"},
        destination="erp",
        context=EditContext(actor="ERP", source=Source.INBOUND),
    )
    page = alices_browser.get(f"/customers/{acme.pk}/").content.decode()
    assert "<strong>ERP</strong> changed this" in page
    assert "as the remote system" in page
    assert "<ins>500.00</ins>" in page


@pytest.mark.django_db(transaction=True)
def test_a_delivery_is_told_with_its_tries(
    alices_browser: Client, alice: EditContext, erp: MemoryRemote
) -> None:
    acme = add_customer(alice, "C-1")

    def refuse(request: object) -> None:
        raise Rejected("VAT id <b>unknown</b>", status=422)

    erp.before = refuse
    drain_once("erp", seconds=5)
    page = alices_browser.get(f"/customers/{acme.pk}/timeline/").content.decode()
    assert 'data-delivery="dead"' in page
    assert "Try 1: rejected · HTTP 422" in page
    assert "VAT id &lt;b&gt;unknown&lt;/b&gt;" in page


@pytest.mark.django_db(transaction=True)
def test_a_delivered_edit_says_how_long_it_took(
    alices_browser: Client, alice: EditContext, erp: MemoryRemote
) -> None:
    acme = add_customer(alice, "C-1")
    drain_once("erp", seconds=5)
    message = Message.objects.get()
    Message.objects.update(ended_at=message.created_at + timedelta(seconds=0.4))
    page = alices_browser.get(f"/customers/{acme.pk}/timeline/").content.decode()
    assert "Delivered to the ERP 0.4 s later" in page


@pytest.mark.django_db(transaction=True)
def test_an_edit_whose_details_are_deleted_looks_neither_lost_nor_unsent(
    alices_browser: Client, alice: EditContext, erp: MemoryRemote
) -> None:
    acme = add_customer(alice, "C-1")
    drain_once("erp", seconds=5)
    purge(keep=0)
    page = alices_browser.get(f"/customers/{acme.pk}/").content.decode()
    assert "Nothing is left to send. Details of deliveries are deleted after 30 days." in page
    assert "Nothing to send" not in page
    assert 'data-sync="in_sync"' in page
    assert "hx-trigger" not in page


@pytest.mark.django_db(transaction=True)
def test_what_waits_behind_a_refused_edit_is_not_on_its_way(
    alices_browser: Client, alice: EditContext, erp: MemoryRemote
) -> None:
    acme = add_customer(alice, "C-1")

    def refuse(request: object) -> None:
        raise Rejected("No.", status=422)

    erp.before = refuse
    drain_once("erp", seconds=5)
    alices_browser.post(f"/customers/{acme.pk}/edit/", typed(acme, city="Kiel"))
    with time_machine.travel(timezone.now() + timedelta(seconds=6)):
        page = alices_browser.get(f"/customers/{acme.pk}/").content.decode()
    assert "Waits behind an edit that the ERP did not take" in page
    assert "On its way" not in page
    assert "hx-trigger" not in page, "the badge rests too: nothing changes by itself"


def test_only_what_a_worker_has_is_on_its_way(alices_browser: Client, acme: Customer) -> None:
    url = f"/customers/{acme.pk}/timeline/"
    assert "Waits to be sent to the ERP" in alices_browser.get(url).content.decode()
    claim("erp", 1, Shares(concurrency=1))
    assert "On its way to the ERP" in alices_browser.get(url).content.decode()


def test_the_next_try_is_told(alices_browser: Client, acme: Customer) -> None:
    lane = Message.objects.get().lane
    lane.failures, lane.due_at = 1, timezone.now().replace(hour=13, minute=37, second=42)
    lane.save(update_fields=["failures", "due_at"])
    Attempt.objects.create(
        message=Message.objects.get(), number=1, started_at=timezone.now(), outcome="retry"
    )
    page = alices_browser.get(f"/customers/{acme.pk}/timeline/").content.decode()
    assert "next try at" in page
    assert "13:37:42 UTC" in page


def test_the_history_renews_itself_while_something_is_on_its_way(
    alices_browser: Client, acme: Customer
) -> None:
    part = alices_browser.get(f"/customers/{acme.pk}/timeline/").content.decode()
    assert 'hx-trigger="every 2s"' in part
    assert 'id="fields"' in part


def test_a_history_that_the_page_shows_already_is_not_sent_again(
    alices_browser: Client, acme: Customer
) -> None:
    url = f"/customers/{acme.pk}/timeline/"
    seen = alices_browser.get(url).context["timeline"].fingerprint
    assert alices_browser.get(url, {"seen": seen}).status_code == 204
    Message.objects.update(state="delivered", ended_at=timezone.now())
    assert alices_browser.get(url, {"seen": seen}).status_code == 200


def test_the_history_comes_to_rest_shortly_after_the_last_delivery(
    alices_browser: Client, acme: Customer
) -> None:
    Message.objects.update(state="delivered", ended_at=timezone.now())
    url = f"/customers/{acme.pk}/timeline/"
    assert b"hx-get" in alices_browser.get(url).content
    with time_machine.travel(timezone.now() + timedelta(seconds=6)):
        assert b"hx-get" not in alices_browser.get(url).content


@pytest.mark.parametrize("part", ["", "edit/", "delete/", "badge/", "timeline/"])
def test_looking_changes_nothing(
    alices_browser: Client, acme: Customer, everything: Snapshot, part: str
) -> None:
    before = everything()
    alices_browser.get(f"/customers/{acme.pk}/{part}")
    alices_browser.head(f"/customers/{acme.pk}/{part}")
    assert everything() == before


@pytest.mark.parametrize(
    "url", ["/customers/", "/customers/new/", "/customers/badges/", "/products/", "/products/new/"]
)
def test_looking_at_lists_changes_nothing(
    alices_browser: Client, acme: Customer, everything: Snapshot, url: str
) -> None:
    before = everything()
    query = {"number": "C-9", "name": "x", "delete": "1", "pk": str(acme.pk)}
    alices_browser.get(url, query)
    assert everything() == before


def test_changes_are_told_in_the_order_of_the_fields(
    alices_browser: Client, acme: Customer
) -> None:
    Change.objects.update(changes={"tax_id": ["", "1"], "fax": ["", "2"], "name": ["", "Acme"]})
    entry = alices_browser.get(f"/customers/{acme.pk}/timeline/").context["timeline"].entries[0]
    assert [field.label for field in entry.fields] == ["name", "tax id", "fax"]


def test_a_change_of_a_field_that_is_no_more_goes_by_its_name(
    alices_browser: Client, acme: Customer
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE records_change SET changes = %s", ['{"fax": [null, "7"]}'])
    page = alices_browser.get(f"/customers/{acme.pk}/").content.decode()
    assert "<dt>Fax</dt>" in page


def test_a_long_history_says_that_it_is_cut(alices_browser: Client, acme: Customer) -> None:
    kind = record_type("customer")
    context = EditContext(actor="alice", source=Source.FORM)
    for n in range(60):
        update_record(kind, acme.number, {"city": f"city {n}"}, context=context)
    page = alices_browser.get(f"/customers/{acme.pk}/").content.decode()
    assert "Earlier edits are kept, but not shown here." in page
