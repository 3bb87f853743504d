"""API tokens: one's own, shown once, named, expiring, revocable."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from accounts.authentication import BearerToken
from accounts.models import ApiToken
from tests.people import browser_of, person

URL = "/accounts/tokens/"


@pytest.fixture
def alice(db: None) -> User:
    return person("alice", "editor")


@pytest.fixture
def browser(alice: User) -> Client:
    return browser_of(alice)


def form(**changed: str) -> dict[str, str]:
    return {"name": "web shop", "days": "30", "submission": str(uuid4())} | changed


def make(browser: Client, **changed: str) -> str:
    """The token that the page shows."""
    page = browser.post(URL, form(**changed))
    shown = re.search(r'<code id="token">(\w+)</code>', page.content.decode())
    assert shown, page.content.decode()
    return shown[1]


def authenticate(header: str) -> object:
    """The user of a request with this header. Raises AuthenticationFailed."""
    request = Request(APIRequestFactory().get("/", headers={"Authorization": header}))
    found: tuple[object, object] = BearerToken().authenticate(request)  # type: ignore[no-untyped-call]
    return found[0]


Authenticate = Callable[[str], object]


def test_the_token_that_is_shown_is_its_makers_key(browser: Client, alice: User) -> None:
    assert authenticate(f"Bearer {make(browser)}") == alice


def test_a_token_can_be_told_by_its_beginning(browser: Client) -> None:
    token = make(browser)
    assert token.startswith("rec_")
    assert token[:15] in browser.get(URL).content.decode()


def test_only_a_hash_is_kept(browser: Client) -> None:
    token = make(browser)
    kept = str(ApiToken.objects.values().get())
    assert token not in kept
    assert token[15:] not in kept
    assert len(ApiToken.objects.get().digest) == 128  # SHA-512


def test_the_token_is_shown_once(browser: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        token = make(browser)
    for page in (browser.get(URL), browser.get("/customers/")):
        assert token not in page.content.decode()
    assert token not in str(dict(browser.session))
    assert token not in caplog.text


def test_the_page_with_the_token_is_kept_nowhere(browser: Client) -> None:
    page = browser.post(URL, form())
    assert page.status_code == 201
    assert "no-store" in page["Cache-Control"]


def test_reloading_that_page_neither_makes_another_nor_shows_it_again(browser: Client) -> None:
    submission = str(uuid4())
    token = make(browser, submission=submission)
    again = browser.post(URL, form(submission=submission), follow=True)
    assert ApiToken.objects.count() == 1
    assert token not in again.content.decode()
    assert "This token was made before" in again.content.decode()


@pytest.mark.parametrize("days", [30, 90, 365])
def test_a_token_ends_when_its_maker_said(browser: Client, alice: User, days: int) -> None:
    header = f"Bearer {make(browser, days=str(days))}"
    with time_machine.travel(timezone.now() + timedelta(days=days, minutes=-1)):
        assert authenticate(header) == alice
    with (
        time_machine.travel(timezone.now() + timedelta(days=days, minutes=1)),
        pytest.raises(AuthenticationFailed),
    ):
        authenticate(header)


def test_an_expired_token_is_shown_as_such(browser: Client) -> None:
    make(browser)
    other = f"Bearer {make(browser, name='till', days='365')}"
    ApiToken.objects.filter(name="web shop").update(expiry=timezone.now() - timedelta(days=1))
    authenticate(other)  # knox's own would delete the expired one here
    page = browser.get(URL).content.decode()
    assert page.count(">expired<") == 1
    assert "web shop" in page


@pytest.mark.parametrize(
    "changed",
    [{"name": ""}, {"name": "x" * 101}, {"days": "9999"}, {"days": ""}, {"submission": "x"}],
)
def test_a_form_with_an_error_makes_no_token(browser: Client, changed: dict[str, str]) -> None:
    page = browser.post(URL, form(**changed))
    assert page.status_code == 200
    assert "Nothing was saved" in page.content.decode()
    assert not ApiToken.objects.exists()


def test_a_revoked_token_is_refused(browser: Client) -> None:
    header = f"Bearer {make(browser)}"
    url = f"{URL}{ApiToken.objects.get().pk}/revoke/"
    assert b"Revoke web shop" in browser.get(url).content
    assert ApiToken.objects.exists()  # looking revokes nothing
    assert "Revoked: web shop" in browser.post(url, follow=True).content.decode()
    with pytest.raises(AuthenticationFailed):
        authenticate(header)


def test_anothers_token_is_neither_seen_nor_revoked(browser: Client) -> None:
    make(browser, name="price robot")
    mallory = browser_of(person("mallory", is_staff=True, is_superuser=True))
    assert "price robot" not in mallory.get(URL).content.decode()
    url = f"{URL}{ApiToken.objects.get().pk}/revoke/"
    assert mallory.get(url).status_code == 404
    assert mallory.post(url).status_code == 404
    assert ApiToken.objects.exists()


def test_anothers_submission_is_no_way_to_a_token(browser: Client) -> None:
    submission = str(uuid4())
    token = make(browser, submission=submission)
    mallory = browser_of(person("mallory"))
    page = mallory.post(URL, form(submission=submission), follow=True)
    assert token not in page.content.decode()
    assert ApiToken.objects.get().user.username == "alice"


def test_the_tokens_of_a_deactivated_user_stop_working(browser: Client, alice: User) -> None:
    header = f"Bearer {make(browser)}"
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    with pytest.raises(AuthenticationFailed):
        authenticate(header)


@pytest.mark.parametrize(
    "token", ["rec_", "nonsense", "rec_\xff", "rec_\x00", "rec_" + "0" * 64, "r" * 9000]
)
def test_a_token_that_is_none_is_refused(db: None, token: str) -> None:
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Bearer {token}")


def test_a_name_is_text_on_the_page(browser: Client) -> None:
    make(browser, name="<b>shop</b>")
    assert "<b>shop" not in browser.get(URL).content.decode()
