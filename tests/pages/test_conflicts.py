"""Two people edit one record: the second sees both versions, and nothing that was typed is lost."""

from typing import Any

import pytest
from django.test import Client

from customers.models import Customer
from products.models import Product
from tests.pages.conftest import Snapshot, typed


@pytest.fixture
def conflict(alices_browser: Client, bobs_browser: Client, acme: Customer) -> Any:
    """Alice opens the page; Bob saves another city and a street; Alice saves a city and a name."""
    bobs = typed(acme, city="Hamburg", street="Elbchaussee 1")
    bobs_browser.post(f"/customers/{acme.pk}/edit/", bobs)
    alices = typed(acme, city="München", name="Acme GmbH")
    return alices_browser.post(f"/customers/{acme.pk}/edit/", alices)


def boxes(page: Any) -> dict[str, str]:
    form = page.context["form"]
    return {field.html_name: field.value() or "" for field in form if not field.field.disabled}


def test_a_stale_edit_answers_409_and_writes_nothing(conflict: Any, acme: Customer) -> None:
    acme.refresh_from_db()
    assert conflict.status_code == 409
    assert (acme.city, acme.name, acme.version) == ("Hamburg", "Acme", 2)


def test_everything_typed_is_kept(conflict: Any) -> None:
    assert (boxes(conflict)["city"], boxes(conflict)["name"]) == ("München", "Acme GmbH")
    assert 'value="München"' in conflict.content.decode()


def test_the_table_shows_mine_and_theirs(conflict: Any) -> None:
    shown = {
        difference.name: (difference.yours, difference.theirs)
        for difference in conflict.context["conflict"].differences
    }
    assert shown == {
        "name": ("Acme GmbH", "Acme"),
        "street": ("–", "Elbchaussee 1"),
        "city": ("München", "Hamburg"),
    }
    assert "Hamburg" in conflict.content.decode()


def test_it_says_who_made_the_other_edit(conflict: Any) -> None:
    assert "<strong>bob</strong> changed it through the form" in conflict.content.decode()


def test_a_field_that_i_left_alone_takes_their_value(conflict: Any) -> None:
    assert boxes(conflict)["street"] == "Elbchaussee 1"


def test_saving_again_overwrites(conflict: Any, alices_browser: Client, acme: Customer) -> None:
    answer = alices_browser.post(f"/customers/{acme.pk}/edit/", boxes(conflict))
    acme.refresh_from_db()
    assert answer.status_code == 302
    assert (acme.city, acme.name, acme.street) == ("München", "Acme GmbH", "Elbchaussee 1")


def test_a_third_edit_in_between_is_a_conflict_again(
    conflict: Any, alices_browser: Client, bobs_browser: Client, acme: Customer
) -> None:
    acme.refresh_from_db()
    bobs_browser.post(f"/customers/{acme.pk}/edit/", typed(acme, city="Kiel"))
    again = alices_browser.post(f"/customers/{acme.pk}/edit/", boxes(conflict))
    assert again.status_code == 409


def test_a_link_discards_the_edit(conflict: Any, acme: Customer) -> None:
    assert f'data-discard href="/customers/{acme.pk}/edit/"' in conflict.content.decode()


def test_the_same_edit_by_two_people_is_no_conflict(
    alices_browser: Client, bobs_browser: Client, acme: Customer
) -> None:
    bobs_browser.post(f"/customers/{acme.pk}/edit/", typed(acme, city="Kiel"))
    answer = alices_browser.post(f"/customers/{acme.pk}/edit/", typed(acme, city="Kiel"))
    assert answer.status_code == 302


def test_amounts_are_compared_as_numbers(
    alices_browser: Client, bobs_browser: Client, bolt: Product
) -> None:
    bobs_browser.post(f"/products/{bolt.pk}/edit/", typed(bolt, price="20", name="Bolt M8"))
    page = alices_browser.post(
        f"/products/{bolt.pk}/edit/", typed(bolt, price="18.0", category="Bolts")
    )
    shown = {
        one.name: (one.yours, one.theirs, one.by_you)
        for one in page.context["conflict"].differences
    }
    assert shown["price"] == ("18.00", "20.00", False)
    assert boxes(page)["price"] == "20.00"


def test_a_version_that_never_was_is_a_conflict(
    alices_browser: Client, acme: Customer, everything: Snapshot
) -> None:
    before = everything()
    sent = typed(acme, city="Bonn", seen_version=10**30)
    assert alices_browser.post(f"/customers/{acme.pk}/edit/", sent).status_code == 409
    assert everything() == before
