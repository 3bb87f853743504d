"""Deleting a record: asked first, done here at once and at the ERP after."""

from django.test import Client

from customers.models import Customer
from outbox.models import Message
from records.models import Change
from tests.pages.conftest import Snapshot, typed


def test_opening_the_page_deletes_nothing(
    alices_browser: Client, acme: Customer, everything: Snapshot
) -> None:
    before = everything()
    page = alices_browser.get(f"/customers/{acme.pk}/delete/")
    assert b"and then at the ERP" in page.content
    assert everything() == before


def test_a_confirmed_delete_is_made_and_sent(alices_browser: Client, acme: Customer) -> None:
    answer = alices_browser.post(f"/customers/{acme.pk}/delete/", {"seen_version": 1})
    change = Change.objects.get(kind="delete")
    assert answer["Location"] == "/customers/"
    assert not Customer.objects.exists()
    assert (change.actor, change.source) == ("alice", "form")
    assert Message.objects.filter(operation="delete").exists()


def test_the_page_of_a_deleted_record_shows_how_far_its_delete_is(
    alices_browser: Client, acme: Customer
) -> None:
    page = alices_browser.post(f"/customers/{acme.pk}/delete/", {"seen_version": 1}, follow=True)
    assert f'<a href="/customers/{acme.pk}/">' in page.content.decode()
    gone = alices_browser.get(f"/customers/{acme.pk}/")
    assert gone.status_code == 410
    assert b'data-sync="sending"' in gone.content
    assert "no-store" in gone["Cache-Control"], "else browsers show it like this for good"
    assert alices_browser.get(f"/customers/{acme.pk}/badge/").status_code == 200
    assert alices_browser.get(f"/customers/{acme.pk}/timeline/").status_code == 200


def test_a_record_that_changed_since_is_not_deleted(
    alices_browser: Client, bobs_browser: Client, acme: Customer
) -> None:
    bobs_browser.post(f"/customers/{acme.pk}/edit/", typed(acme, city="Kiel"))
    page = alices_browser.post(f"/customers/{acme.pk}/delete/", {"seen_version": 1})
    assert page.status_code == 409
    assert b"so it was not deleted" in page.content
    assert Customer.objects.exists()


def test_a_delete_that_does_not_say_what_was_seen_asks_again(
    alices_browser: Client, acme: Customer
) -> None:
    assert alices_browser.post(f"/customers/{acme.pk}/delete/").status_code == 200
    assert Customer.objects.exists()


def test_deleting_twice_deletes_once(alices_browser: Client, acme: Customer) -> None:
    for status in (302, 410):
        answer = alices_browser.post(f"/customers/{acme.pk}/delete/", {"seen_version": 1})
        assert answer.status_code == status
    assert Change.objects.filter(kind="delete").count() == 1
