"""The sync badge: what it says in each state, and that it asks again until the state is final."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from outbox.connectors.memory import MemoryRemote
from outbox.draining import drain_once
from outbox.models import Death, DestinationState, Lane, Message, State
from records.context import EditContext
from tests.pages.conftest import add_customer


def set_lane(**values: Any) -> None:
    Lane.objects.update(**values)


def fail() -> None:
    Message.objects.update(last_error="<i>no answer</i>", attempts=1)
    set_lane(failures=1, due_at=timezone.now() + timedelta(seconds=12))


def die_of(death: Death) -> None:
    Message.objects.update(state=State.DEAD, died_of=death, last_error="VAT id <b>unknown</b>")
    set_lane(blocked_by=Message.objects.get(), due_at=None)


def refuse() -> None:
    die_of(Death.REFUSED)


def give_up() -> None:
    die_of(Death.EXPIRED)


def hold() -> None:
    now = timezone.now()
    DestinationState.objects.create(
        destination="erp", held_since=now, held_until=now, held_because="no answer in 15 s"
    )


def pause() -> None:
    DestinationState.objects.create(
        destination="erp", paused_at=timezone.now(), paused_by="bob", paused_because="upgrade"
    )


def deliver() -> None:
    Message.objects.update(state=State.DELIVERED, ended_at=timezone.now() - timedelta(minutes=1))
    set_lane(head_sequence=2, due_at=None)


def forget() -> None:
    Message.objects.all().delete()
    Lane.objects.all().delete()


STATES = [
    (deliver, "in_sync", "in sync", True),
    (lambda: None, "sending", "sending…", False),
    (fail, "retrying", "retrying in 12 s", False),
    (hold, "waiting", "waiting: the ERP takes nothing now", False),
    (pause, "paused", "paused", False),
    (give_up, "given_up", "held: could not be delivered", True),
    (refuse, "refused", "held: refused by the ERP", True),
    (forget, "not_sent", "not sent", True),
]


@pytest.mark.parametrize(("happen", "hook", "text", "is_final"), STATES)
def test_the_badge_says_how_far_the_edit_has_come(
    alices_browser: Client, acme: Customer, happen: Any, hook: str, text: str, is_final: bool
) -> None:
    happen()
    for url in (f"/customers/{acme.pk}/badge/", f"/customers/{acme.pk}/", "/customers/"):
        page = alices_browser.get(url).content.decode()
        assert f'data-sync="{hook}"' in page
        assert f">{text}</span>" in page
    part = alices_browser.get(f"/customers/{acme.pk}/badge/").content.decode()
    assert ("hx-get" not in part) == is_final


def test_the_error_is_told_beside_the_badge(alices_browser: Client, acme: Customer) -> None:
    fail()
    page = alices_browser.get(f"/customers/{acme.pk}/badge/").content.decode()
    assert page.count("&lt;i&gt;no answer&lt;/i&gt;") == 2
    assert "<i>" not in page


def test_the_reason_of_a_refusal_is_told_on_the_record_page(
    alices_browser: Client, acme: Customer
) -> None:
    refuse()
    page = alices_browser.get(f"/customers/{acme.pk}/").content.decode()
    assert "does not take this record as it is" in page
    assert "<blockquote>VAT id &lt;b&gt;unknown&lt;/b&gt;</blockquote>" in page


@pytest.mark.parametrize(
    ("happen", "seconds"), [(lambda: None, 1), (fail, 1), (hold, 5), (pause, 5)]
)
def test_the_record_page_asks_often_while_something_will_happen_soon(
    alices_browser: Client, acme: Customer, happen: Any, seconds: int
) -> None:
    happen()
    page = alices_browser.get(f"/customers/{acme.pk}/badge/").content.decode()
    assert f'hx-trigger="every {seconds}s"' in page


def test_a_list_asks_once_for_all_rows_that_are_not_final(
    alices_browser: Client, alice: EditContext, db: None
) -> None:
    done = add_customer(alice, "C-1")
    deliver()
    waiting = [add_customer(alice, f"C-{number}") for number in (2, 3)]
    page = alices_browser.get("/customers/").content.decode()
    assert page.count("hx-get") == 1
    assert all(f"pk={customer.pk}" in page for customer in waiting)
    assert f"pk={done.pk}" not in page


def test_the_rows_of_a_list_are_renewed_by_their_ids(
    alices_browser: Client, acme: Customer
) -> None:
    deliver()
    part = alices_browser.get(f"/customers/badges/?pk={acme.pk}").content.decode()
    assert f'<span id="sync-{acme.pk}" hx-swap-oob="true">' in part
    assert 'data-sync="in_sync"' in part
    assert "hx-get" not in part


def test_nonsense_asked_for_is_no_row(alices_browser: Client, acme: Customer) -> None:
    part = alices_browser.get(f"/customers/badges/?pk=x&pk={uuid4()}")
    assert part.status_code == 200
    assert b"data-sync" not in part.content


def test_the_badge_of_no_record_is_not_found(alices_browser: Client, db: None) -> None:
    assert alices_browser.get(f"/customers/{uuid4()}/badge/").status_code == 404
    assert alices_browser.get(f"/customers/{uuid4()}/timeline/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_delivered_edit_is_in_sync(
    alices_browser: Client, alice: EditContext, erp: MemoryRemote
) -> None:
    acme = add_customer(alice, "C-1")
    drain_once("erp", seconds=5)
    assert b'data-sync="in_sync"' in alices_browser.get(f"/customers/{acme.pk}/badge/").content


def test_what_differs_is_told_by_its_labels(alices_browser: Client, acme: Customer) -> None:
    Message.objects.update(state=State.DISCARDED, ended_at=timezone.now())
    set_lane(head_sequence=2, due_at=None, diverged=["postal_code", "tax_id"])
    badge = alices_browser.get(f"/customers/{acme.pk}/badge/").content.decode()
    assert "these differ: postal code, tax id" in badge
