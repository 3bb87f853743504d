"""The edit page of a record."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from customers.models import Customer
from outbox.connectors.memory import MemoryRemote
from outbox.draining import drain_once
from products.models import Product
from records.context import EditContext
from records.door import open_door
from records.models import Change
from tests.pages.conftest import Snapshot, add_customer, typed


def test_an_edit_is_saved_with_who_made_it(alices_browser: Client, acme: Customer) -> None:
    alices_browser.post(f"/customers/{acme.pk}/edit/", typed(acme, city="Hamburg"))
    acme.refresh_from_db()
    change = Change.objects.get(version=2)
    assert acme.city == "Hamburg"
    assert change.changes == {"city": ["Berlin", "Hamburg"]}
    assert (change.actor, change.source) == ("alice", "form")


def test_saving_what_is_there_writes_nothing(
    alices_browser: Client, acme: Customer, everything: Snapshot
) -> None:
    before = everything()
    page = alices_browser.post(f"/customers/{acme.pk}/edit/", typed(acme), follow=True)
    assert b"Nothing was changed." in page.content
    assert everything() == before


def test_the_page_sent_back_as_it_came_writes_nothing(
    alices_browser: Client, bolt: Product, everything: Snapshot
) -> None:
    before = everything()
    form = alices_browser.get(f"/products/{bolt.pk}/edit/").context["form"]
    boxes = {field.html_name: field.value() for field in form if not field.field.disabled}
    sent = {name: "" if value is None else value for name, value in boxes.items()}
    alices_browser.post(f"/products/{bolt.pk}/edit/", sent)
    assert everything() == before


def test_a_line_end_of_a_browser_is_no_change(
    alices_browser: Client, alice: EditContext, everything: Snapshot
) -> None:
    customer = add_customer(alice, "C-1", notes="One\nTwo")
    before = everything()
    alices_browser.post(f"/customers/{customer.pk}/edit/", typed(customer, notes="One\r\nTwo"))
    assert everything() == before


def test_the_same_form_sent_twice_makes_one_edit(alices_browser: Client, acme: Customer) -> None:
    sent = typed(acme, city="Hamburg", submission=str(uuid4()))
    alices_browser.post(f"/customers/{acme.pk}/edit/", sent)
    page = alices_browser.post(f"/customers/{acme.pk}/edit/", sent, follow=True)
    assert Change.objects.count() == 2
    assert b"Nothing was changed." not in page.content


def test_the_key_cannot_be_changed(alices_browser: Client, acme: Customer) -> None:
    alices_browser.post(f"/customers/{acme.pk}/edit/", typed(acme, number="C-2", city="Bonn"))
    acme.refresh_from_db()
    assert (acme.number, acme.city) == ("C-1", "Bonn")


def test_a_field_that_the_erp_keeps_cannot_be_changed(
    alices_browser: Client, acme: Customer
) -> None:
    sent = typed(acme, credit_limit="1000000", city="Bonn")
    alices_browser.post(f"/customers/{acme.pk}/edit/", sent)
    acme.refresh_from_db()
    assert (acme.credit_limit, acme.city) == (None, "Bonn")


def test_fields_that_cannot_be_changed_say_so(alices_browser: Client, acme: Customer) -> None:
    page = alices_browser.get(f"/customers/{acme.pk}/edit/").content.decode()
    assert re.search(r'<input[^>]*id="id_number"[^>]*readonly', page)
    assert re.search(r'<input[^>]*id="id_credit_limit"[^>]*readonly', page)
    assert "kept by the ERP" in page


def test_an_amount_has_no_useless_zeros(alices_browser: Client, bolt: Product) -> None:
    form = alices_browser.get(f"/products/{bolt.pk}/edit/").context["form"]
    assert (form["price"].value(), form["weight"].value()) == ("18.00", "0.25")


def test_a_stored_country_that_is_in_no_list_stays(alices_browser: Client, acme: Customer) -> None:
    with open_door():
        Customer.objects.update(country="YU")
    page = alices_browser.get(f"/customers/{acme.pk}/edit/").content.decode()
    assert '<option value="YU" selected>YU</option>' in page


def test_an_edit_of_no_record_is_said_in_words(alices_browser: Client, db: None) -> None:
    page = alices_browser.post(f"/customers/{uuid4()}/edit/", {"name": "Acme"})
    assert page.status_code == 404
    assert b"There is no such customer" in page.content


def test_an_edit_of_a_deleted_record_says_who_deleted_it(
    alices_browser: Client, bobs_browser: Client, acme: Customer
) -> None:
    bobs_browser.post(f"/customers/{acme.pk}/delete/", {"seen_version": 1})
    page = alices_browser.post(f"/customers/{acme.pk}/edit/", typed(acme, city="Bonn"))
    assert page.status_code == 410
    assert "Customer C-1 was deleted" in page.content.decode()
    assert "by bob" in page.content.decode()


def test_an_edit_that_does_not_say_what_was_seen_is_refused(
    alices_browser: Client, acme: Customer, everything: Snapshot
) -> None:
    before = everything()
    sent = typed(acme, city="Bonn")
    del sent["seen_version"]
    page = alices_browser.post(f"/customers/{acme.pk}/edit/", sent)
    assert b"sent incompletely" in page.content
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_what_the_erp_decided_meanwhile_is_no_conflict(
    alices_browser: Client, erp: MemoryRemote, alice: EditContext
) -> None:
    acme = add_customer(alice, "C-1")

    def decide(request: object) -> None:
        erp.entities.setdefault(("customers", "C-1"), {"id": "M-1"})["credit_limit"] = "500.00"

    erp.after = decide
    drain_once("erp", seconds=5)
    answer = alices_browser.post(f"/customers/{acme.pk}/edit/", typed(acme, city="Bonn"))
    assert answer.status_code == 302
