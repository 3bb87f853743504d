"""Pages that say in words what went wrong; and what all pages have in common."""

import re
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.template.loader import render_to_string
from django.test import Client

from customers.models import Customer
from tests.pages.conftest import typed


@pytest.mark.parametrize("name", ["500.html", "503.html"])
def test_pages_for_bad_times_need_neither_context_nor_database(name: str) -> None:
    page = render_to_string(name)  # this test may not touch the database
    assert page.startswith("<!doctype html>")
    assert "<h1>" in page


def test_a_database_that_does_not_answer_is_said_in_words(
    alices_browser: Client, acme: Customer
) -> None:
    with patch.object(Customer, "save", side_effect=OperationalError("locked")):
        page = alices_browser.post(f"/customers/{acme.pk}/edit/", typed(acme, name="Acme Ltd"))
    assert page.status_code == 503
    assert b"The database does not answer just now" in page.content
    assert b"Try again in a few seconds." in page.content
    assert b"may or may not be saved; sending it again does no harm." in page.content


def test_an_unknown_address_is_said_in_words(alices_browser: Client) -> None:
    page = alices_browser.get("/nonsense/")
    assert page.status_code == 404
    assert b"There is no such page" in page.content


def test_an_unknown_address_is_said_to_anonymous_visitors_too(client: Client) -> None:
    assert b"There is no such page" in client.get("/nonsense/").content


@pytest.mark.django_db
def test_a_form_from_elsewhere_is_refused_in_words() -> None:
    page = Client(enforce_csrf_checks=True).post("/accounts/login/", {"username": "alice"})
    assert page.status_code == 403
    assert b"Your form could not be accepted" in page.content


@pytest.mark.parametrize("path", ["", "edit/", "delete/"])
def test_no_page_has_inline_script_or_style_or_foreign_files(
    alices_browser: Client, acme: Customer, path: str
) -> None:
    for url in (f"/customers/{acme.pk}/{path}", "/customers/", "/customers/new/"):
        page = alices_browser.get(url).content.decode()
        assert not re.search(r"<script(?![^>]*\ssrc=)", page)
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|hx-on|hx-vals", page)
        assert not re.search(r"(?:src|href)=.(?:https?:)?//", page)


def test_each_box_has_a_label(alices_browser: Client, acme: Customer) -> None:
    page = alices_browser.get(f"/customers/{acme.pk}/edit/").content.decode()
    boxes = re.findall(r'<(?:input|select|textarea)(?![^>]*type="hidden")[^>]*\sid="([^"]+)"', page)
    assert len(boxes) == len(Customer.data_fields())
    for box in boxes:
        assert f'for="{box}"' in page
