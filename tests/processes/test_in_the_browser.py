"""From a click to the remote's own page, through every process there is."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import global_settings
from playwright.sync_api import Browser, Page, expect

from customers.models import Customer
from records.actions import create_record
from records.context import EditContext
from records.registry import RecordType
from tests.people import person
from tests.processes.stack import RemoteProcess, WorkerProcess, running_web, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def address(stack: dict[str, str]) -> Iterator[str]:
    with running_web(stack) as address:
        yield address


@pytest.fixture
def page(chromium: Browser, address: str, settings: Any) -> Iterator[Page]:
    """Logged in as Alice; no script may fail."""
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS  # those of the web process
    person("alice", "editor", password="demo-alice")
    page = chromium.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(address)
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill("demo-alice")
    page.get_by_role("button", name="Log in").click()
    yield page
    page.close()
    assert problems == []


def badge(page: Page, sync: str) -> None:
    expect(page.locator(f'.saved-line [data-sync="{sync}"]')).to_be_visible(timeout=15_000)


def test_an_edit_goes_from_sending_to_in_sync_and_stands_on_the_remotes_page(
    page: Page,
    chromium: Browser,
    worker: WorkerProcess,
    remote: RemoteProcess,
    customers: RecordType,
    alice: EditContext,
) -> None:
    create_record(customers, {"number": "ALFKI", "name": "Alfreds"}, context=alice)
    theirs = chromium.new_page()
    theirs.goto(remote.url)
    expect(theirs.locator('tr[data-key="ALFKI"]')).to_be_visible(timeout=15_000)
    remote.set_faults(slow_seconds=1)

    page.get_by_role("link", name="Customers").click()
    page.get_by_role("link", name="ALFKI").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("City").fill("Berlin")
    page.get_by_role("button", name="Save").click()
    badge(page, "sending")
    badge(page, "in_sync")

    city = theirs.locator('tr[data-key="ALFKI"] [data-field="address.city"]')
    expect(city).to_have_text("Berlin", timeout=5_000)
    theirs.close()
    expect(page.locator("#timeline")).to_contain_text("Delivered to the ERP")


def test_a_new_record_is_created_and_deleted_at_the_remote(
    page: Page, worker: WorkerProcess, remote: RemoteProcess
) -> None:
    page.get_by_role("link", name="Products").click()
    page.get_by_role("link", name="New product").click()
    page.get_by_label("SKU").fill("TEA-1")
    page.get_by_label("Name").fill("Green tea")
    page.get_by_label("GTIN").fill("4006381333932")  # the check digit is 1
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("check digit")
    page.get_by_label("GTIN").fill("4006381333931")
    page.get_by_role("button", name="Save").click()
    badge(page, "in_sync")
    assert remote.entities("products", "item_no")["TEA-1"]["gtin"] == "4006381333931"

    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    wait_until(
        lambda: not remote.entities("products", "item_no"), seconds=15, what="deleted there too"
    )


def test_a_refusal_is_shown_in_words(
    page: Page,
    worker: WorkerProcess,
    remote: RemoteProcess,
    customers: RecordType,
    alice: EditContext,
    address: str,
) -> None:
    create_record(customers, {"number": "ALFKI", "name": "Alfreds"}, context=alice)
    wait_until(remote.ledger, seconds=15, what="it has arrived")
    remote.set_faults(reject=True)
    page.goto(f"{address}/customers/{Customer.objects.get().pk}/edit/")
    page.get_by_label("City").fill("Berlin")
    page.get_by_role("button", name="Save").click()
    badge(page, "refused")
    expect(page.locator("main")).to_contain_text("Refused by switch")
