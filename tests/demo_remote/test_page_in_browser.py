import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from demo_remote.server import RunningRemote
from tests.demo_remote.client import Client

pytestmark = pytest.mark.browser

# What Chromium itself logs about a refused value and a stopped remote.
EXPECTED = re.compile("status of 422|ERR_CONNECTION_REFUSED")

CREDIT_LIMIT = 'tr[data-key="ALICE"] td[data-field="credit_limit"]'


@pytest.fixture
def screen(chromium: Browser, client: Client, alice: object) -> Iterator[Page]:
    """The page, showing Alice; no error may reach its console."""
    page = chromium.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    page.goto(client.url)
    expect(page.locator('tr[data-key="ALICE"]')).to_be_visible()
    yield page
    page.close()
    assert [text for text in problems if not EXPECTED.search(text)] == []


def test_it_shows_a_change_and_marks_its_row(screen: Page, client: Client) -> None:
    client.update("ALICE", {"display_name": "Alice & Sons"})
    cell = screen.locator('tr[data-key="ALICE"] td[data-field="display_name"]')
    expect(cell).to_have_text("Alice & Sons")
    expect(screen.locator("tr.changed[data-key=ALICE]")).to_be_visible()
    expect(screen.locator('#ledger tr[data-position="2"] td[data-field="operation"]')).to_have_text(
        "update"
    )


def test_it_shows_values_as_text(screen: Page, client: Client) -> None:
    markup = "<img src=x onerror=alert(1)>"
    client.create({"customer_no": markup, "display_name": markup, "address": {"city": markup}})
    expect(screen.locator('td[data-field="display_name"]').first).to_have_text(markup)
    expect(screen.locator('span[data-field="address.city"]')).to_have_text(markup)
    assert screen.locator("td img").count() == 0


def test_it_removes_the_row_of_a_deleted_customer(screen: Page, client: Client) -> None:
    client.delete("ALICE")
    expect(screen.locator('[data-collection="customers"] tr[data-key="ALICE"]')).to_have_count(0)


def test_it_does_not_eat_what_is_being_typed(screen: Page, client: Client) -> None:
    field = screen.locator(f"{CREDIT_LIMIT} input")
    field.click()
    field.press("End")
    field.press_sequentially("7")
    client.create({"customer_no": "BOB", "fax": "1"})  # a row above, and a new column
    expect(screen.locator('tr[data-key="BOB"]')).to_be_visible()
    client.update("ALICE", {"phone": "1"})
    expect(screen.locator('tr[data-key="ALICE"] td[data-field="phone"]')).to_have_text("1")
    expect(field).to_be_focused()
    expect(field).to_have_value("5000.007")


def test_it_saves_the_value_the_remote_owns(screen: Page, client: Client) -> None:
    screen.locator(f"{CREDIT_LIMIT} input").fill("1234.5")
    screen.locator(CREDIT_LIMIT).get_by_role("button", name="Save").click()
    expect(screen.locator(f"{CREDIT_LIMIT} input")).to_have_value("1234.50")
    assert client.show("ALICE").json()["credit_limit"] == "1234.50"


def test_it_says_why_a_value_is_not_saved(screen: Page) -> None:
    screen.locator(f"{CREDIT_LIMIT} input").fill("1234.567")
    with screen.expect_response("**/control/entities/**"):
        screen.locator(f"{CREDIT_LIMIT} input").press("Enter")
    expect(screen.locator(f"{CREDIT_LIMIT} .problem")).to_contain_text("at most 2 places")


def test_it_turns_a_switch_and_shows_it_counted_down(screen: Page, client: Client) -> None:
    screen.get_by_label("Only so many times").fill("1")
    screen.get_by_label("Server error").check()
    expect(screen.get_by_label("Server error")).to_be_checked()
    screen.wait_for_timeout(1500)
    assert (client.switched()["server_error"], client.switched()["times"]) == (True, 1)
    assert client.update("ALICE", {}).status_code == 500
    expect(screen.get_by_label("Server error")).not_to_be_checked()


def test_it_turns_all_switches_off(screen: Page, client: Client) -> None:
    client.switch(down=True, key="ALICE")
    expect(screen.get_by_label("Down")).to_be_checked()
    screen.get_by_role("button", name="All off").click()
    expect(screen.get_by_label("Down")).not_to_be_checked()
    expect(screen.get_by_label("Only about the key")).to_have_value("")
    assert client.switched()["down"] is False


def test_it_says_when_the_remote_is_not_reachable(screen: Page, remote: RunningRemote) -> None:
    expect(screen.locator("#status")).to_have_text("live")
    remote.stop()
    expect(screen.locator("#status")).to_have_text("not reachable")
