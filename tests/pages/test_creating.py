"""The page for a new record."""

from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from outbox.models import Message
from products.models import Product
from records.context import EditContext
from records.models import Change
from tests.pages.conftest import BLANK_CUSTOMER, Snapshot, add_customer

NEW = "/customers/new/"
SUBMISSION = "5f0c31a4-3f5e-4a52-9a50-1c53e1ab65b1"


def test_a_new_customer_is_saved_and_its_page_shown(alices_browser: Client) -> None:
    answer = alices_browser.post(NEW, BLANK_CUSTOMER | {"name": "Acme", "country": "DE"})
    customer = Customer.objects.get()
    assert answer["Location"] == reverse("customers:detail", args=[customer.pk])
    assert (customer.number, customer.name, customer.country) == ("C-1", "Acme", "DE")


def test_a_new_product_is_saved(alices_browser: Client) -> None:
    typed = {"sku": "B-1", "name": "Bolt", "status": "draft", "price": "18", "currency": "EUR"}
    alices_browser.post("/products/new/", typed)
    assert str(Product.objects.get().price) == "18.0000"


def test_the_change_log_says_who_and_through_what(alices_browser: Client) -> None:
    alices_browser.post(NEW, BLANK_CUSTOMER | {"name": "Acme"})
    change = Change.objects.get()
    assert (change.actor, change.source, change.kind) == ("alice", "form", "create")
    assert change.reference


def test_the_edit_is_on_its_way_to_the_erp(alices_browser: Client) -> None:
    alices_browser.post(NEW, BLANK_CUSTOMER | {"name": "Acme"})
    assert Message.objects.get().payload["display_name"] == "Acme"


def test_the_record_page_says_saved_and_sending(alices_browser: Client) -> None:
    page = alices_browser.post(NEW, BLANK_CUSTOMER | {"name": "Acme"}, follow=True)
    assert b"Saved: customer C-1." in page.content
    assert b'data-sync="sending"' in page.content


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("email", "no-mail", "must have an @-sign"),
        ("name", "", "This field is required."),
        ("name", "x" * 201, "at most 200 characters (it has 201)"),
        ("notes", "x" * 5001, "at most 5000 characters (it has 5001)"),
        ("status", "gone", "gone is not one of the available choices"),
        ("country", "XX", "XX is not one of the available choices"),
        ("tax_id", "DE#1", 'may hold letters, digits and ". - /"'),
    ],
)
def test_a_bad_value_is_said_at_its_field_and_in_the_summary(
    alices_browser: Client, everything: Snapshot, field: str, value: str, message: str
) -> None:
    before = everything()
    page = alices_browser.post(NEW, BLANK_CUSTOMER | {"name": "Acme", field: value})
    text = unescape(page.content.decode())
    assert text.count(message) == 2
    assert f'href="#id_{field}"' in text
    assert f'id="id_{field}_error"' in text
    assert everything() == before


def test_what_was_typed_stays_beside_an_error(alices_browser: Client) -> None:
    page = alices_browser.post(NEW, BLANK_CUSTOMER | {"name": "Acme", "email": "no-mail"})
    assert b'value="Acme"' in page.content
    assert b'value="no-mail"' in page.content


def test_a_number_that_is_taken_is_said_at_the_number(
    alices_browser: Client, acme: Customer
) -> None:
    page = alices_browser.post(NEW, BLANK_CUSTOMER | {"name": "Another"})
    assert b"There is a customer C-1 already." in page.content
    assert Customer.objects.count() == 1


def test_a_price_without_a_currency_is_said_at_the_currency(alices_browser: Client) -> None:
    page = alices_browser.post(
        "/products/new/", {"sku": "B-1", "name": "Bolt", "status": "draft", "price": "18"}
    )
    assert page.context["form"].errors["currency"] == ["A price needs a currency."]


def test_a_number_with_a_comma_is_refused_rather_than_lost(alices_browser: Client) -> None:
    typed = {"sku": "B-1", "name": "Bolt", "status": "draft", "price": "12,50", "currency": "EUR"}
    page = alices_browser.post("/products/new/", typed)
    assert page.context["form"].errors["price"] == ["This must be a number, written as 1234.50."]
    assert b'value="12,50"' in page.content


def test_a_gtin_with_blanks_in_it_is_not_too_long(alices_browser: Client) -> None:
    typed = {"sku": "B-1", "name": "Bolt", "status": "draft", "gtin": "4 006381 333931 "}
    alices_browser.post("/products/new/", typed)
    assert Product.objects.get().gtin == "4006381333931"


def test_no_box_cuts_what_is_pasted_into_it(alices_browser: Client) -> None:
    assert b"maxlength" not in alices_browser.get(NEW).content


def test_a_phone_number_kept_as_typed_is_warned_of(alices_browser: Client) -> None:
    typed = BLANK_CUSTOMER | {"name": "Acme", "phone": "ask for Bob"}
    page = alices_browser.post(NEW, typed, follow=True)
    assert "kept as typed" in page.content.decode()
    assert Customer.objects.get().phone == "ask for Bob"


def test_a_field_that_the_erp_keeps_cannot_be_sent_along(alices_browser: Client) -> None:
    alices_browser.post(NEW, BLANK_CUSTOMER | {"name": "Acme", "credit_limit": "1000000"})
    assert Customer.objects.get().credit_limit is None


def test_the_same_form_sent_twice_makes_one_customer(alices_browser: Client) -> None:
    typed = BLANK_CUSTOMER | {"name": "Acme", "submission": SUBMISSION}
    first, second = alices_browser.post(NEW, typed), alices_browser.post(NEW, typed)
    assert Customer.objects.count() == Change.objects.count() == Message.objects.count() == 1
    assert second["Location"] == first["Location"]


def test_the_form_of_somebody_else_is_not_the_same(
    alices_browser: Client, bobs_browser: Client
) -> None:
    typed = BLANK_CUSTOMER | {"name": "Acme", "submission": SUBMISSION}
    alices_browser.post(NEW, typed)
    assert b"There is a customer C-1 already." in bobs_browser.post(NEW, typed).content


def test_each_page_names_its_own_submission(alices_browser: Client) -> None:
    pages = [alices_browser.get(NEW).context["form"] for _ in range(2)]
    assert len({str(form["submission"].value()) for form in pages}) == 2


def test_a_submission_that_is_no_uuid_saves_nothing(alices_browser: Client) -> None:
    page = alices_browser.post(NEW, BLANK_CUSTOMER | {"name": "Acme", "submission": "x"})
    assert b"sent incompletely" in page.content
    assert not Customer.objects.exists()


def test_a_customer_whose_number_was_deleted_can_be_created_anew(
    alices_browser: Client, alice: EditContext
) -> None:
    customer = add_customer(alice, "C-1")
    alices_browser.post(f"/customers/{customer.pk}/delete/", {"seen_version": 1})
    alices_browser.post(NEW, BLANK_CUSTOMER | {"name": "Acme"})
    assert Customer.objects.get().pk != customer.pk
