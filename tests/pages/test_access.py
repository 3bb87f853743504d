"""What the pages of records offer to whom, and what they say to who may not.

Who may open which address is in tests/accounts/access_table.py.
"""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from tests.pages.conftest import Snapshot
from tests.people import browser_of, person


@pytest.fixture
def carols_browser(db: None) -> Client:
    """She may look, and no more."""
    return browser_of(person("carol", "viewer"))


def offers(browser: Client, url: str) -> set[str]:
    """Which of these words stand on links of the page."""
    page = browser.get(url).content.decode()
    return {word for word in ("New customer", "Edit", "Delete") if f">{word}</a>" in page}


@pytest.mark.parametrize("part", ["list", "new", "detail", "edit", "delete", "badge", "timeline"])
@pytest.mark.parametrize("namespace", ["customers", "products"])
def test_each_record_type_has_its_pages(namespace: str, part: str) -> None:
    arguments = [] if part in {"list", "new"} else ["00000000-0000-0000-0000-000000000000"]
    assert reverse(f"{namespace}:{part}", args=arguments).startswith(f"/{namespace}/")


def test_an_editor_is_offered_what_editors_may(alices_browser: Client, acme: Customer) -> None:
    assert offers(alices_browser, "/customers/") == {"New customer"}
    assert offers(alices_browser, f"/customers/{acme.pk}/") == {"Edit", "Delete"}


def test_a_viewer_is_offered_no_more_than_looking(carols_browser: Client, acme: Customer) -> None:
    assert offers(carols_browser, "/customers/") == set()
    assert offers(carols_browser, f"/customers/{acme.pk}/") == set()


def test_a_viewer_of_an_empty_list_is_not_told_to_fill_it(carols_browser: Client) -> None:
    page = carols_browser.get("/customers/").content
    assert b"No customers yet" in page
    assert b"Add the first one" not in page


@pytest.mark.parametrize(
    ("part", "words"),
    [("new/", "add customers"), ("{pk}/edit/", "edit customers"), ("{pk}/delete/", "delete")],
)
def test_a_refusal_says_what_one_may_not_and_which_role_may(
    carols_browser: Client, acme: Customer, part: str, words: str
) -> None:
    page = carols_browser.get(f"/customers/{part.format(pk=acme.pk)}")
    assert page.status_code == 403
    assert f"Your account may not {words}" in page.content.decode()
    assert "Ask an administrator for the role editor." in page.content.decode()


def test_what_is_refused_changes_nothing(
    carols_browser: Client, acme: Customer, everything: Snapshot
) -> None:
    before = everything()
    edit = {"number": "C-1", "name": "Hacked", "status": "active", "seen_version": "1"}
    for part in ("new/", f"{acme.pk}/edit/", f"{acme.pk}/delete/"):
        assert carols_browser.post(f"/customers/{part}", edit).status_code == 403
    assert everything() == before


def test_a_live_part_of_a_page_is_refused_without_a_log_in_page(db: None, acme: Customer) -> None:
    nobody = browser_of(person("erin"))
    part = nobody.get(f"/customers/{acme.pk}/badge/", headers={"HX-Request": "true"})
    assert part.status_code == 403


def test_a_right_that_is_taken_away_is_gone_at_once(carols_browser: Client) -> None:
    assert carols_browser.get("/customers/").status_code == 200
    Group.objects.get(name="viewer").permissions.clear()
    assert carols_browser.get("/customers/").status_code == 403


def test_the_start_leads_to_the_first_thing_that_one_may_see(carols_browser: Client) -> None:
    assert carols_browser.get("/")["Location"] == reverse("customers:list")
    viewer = Group.objects.get(name="viewer")
    viewer.permissions.remove(viewer.permissions.get(codename="view_customer"))
    assert carols_browser.get("/")["Location"] == reverse("products:list")


def test_the_header_leads_to_what_one_may_see_only(carols_browser: Client) -> None:
    viewer = Group.objects.get(name="viewer")
    viewer.permissions.remove(viewer.permissions.get(codename="view_customer"))
    header = carols_browser.get("/products/").content.decode().split("</header>")[0]
    assert ">Products</a>" in header
    assert ">Customers</a>" not in header


def test_who_has_no_role_is_told_so(db: None) -> None:
    start = browser_of(person("erin")).get("/")
    assert start.status_code == 200
    assert "Your account has no role yet" in start.content.decode()


def test_staff_find_the_administration_in_the_menu(db: None, carols_browser: Client) -> None:
    dave = browser_of(person("dave", "operator", is_staff=True))
    assert b'href="/admin/"' in dave.get("/customers/").content
    assert b'href="/admin/"' not in carols_browser.get("/customers/").content
