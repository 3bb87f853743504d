"""Changing one's password, and choosing a new one by a link that comes by e-mail."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.mailing import send_soon
from tests.people import browser_of, person

RESET = "/accounts/password/reset/"
NEW = {"new_password1": "a better password 7", "new_password2": "a better password 7"}


@pytest.fixture
def alice(db: None) -> User:
    return person("alice", "editor", email="alice@records.example", password="correct horse")


def ask(client: Client, address: str) -> str:
    """The page that answers, once all mail is sent."""
    page = client.post(RESET, {"email": address}, follow=True).content.decode()
    send_soon(lambda: None).result(10)
    return page


def link() -> str:
    found = re.search(r"http://testserver(/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_a_password_is_changed(alice: User) -> None:
    browser = browser_of(alice)
    page = browser.post("/accounts/password/", NEW | {"old_password": "correct horse"}, follow=True)
    assert "Your password is changed" in page.content.decode()
    assert authenticate(username="alice", password=NEW["new_password1"]) == alice


def test_changing_a_password_ends_the_other_sessions_only(alice: User) -> None:
    here, elsewhere = browser_of(alice), browser_of(alice)
    here.post("/accounts/password/", NEW | {"old_password": "correct horse"})
    assert here.get("/customers/").status_code == 200
    assert elsewhere.get("/customers/").status_code == 302


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (NEW | {"old_password": "wrong"}, "Your old password was entered incorrectly"),
        ({"old_password": "correct horse"}, "This field is required"),
        (
            {"old_password": "correct horse", "new_password1": "1234", "new_password2": "1234"},
            "too short",
        ),
    ],
)
def test_a_password_that_will_not_do_is_refused_in_words(
    alice: User, sent: dict[str, str], words: str
) -> None:
    page = browser_of(alice).post("/accounts/password/", sent)
    assert words in page.content.decode()
    assert authenticate(username="alice", password="correct horse") == alice


def test_a_forgotten_password_is_replaced_by_a_link(client: Client, alice: User) -> None:
    ask(client, "Alice@Records.example")
    assert mail.outbox[-1].to == ["alice@records.example"]
    page = client.get(link(), follow=True)
    assert "Choose a new password" in page.content.decode()
    done = client.post(page.redirect_chain[-1][0], NEW, follow=True)
    assert "Your password is set" in done.content.decode()
    assert authenticate(username="alice", password=NEW["new_password1"]) == alice


def test_a_link_holds_once(client: Client, alice: User) -> None:
    ask(client, alice.email)
    form = client.get(link(), follow=True).redirect_chain[-1][0]
    client.post(form, NEW)
    assert "This link holds no more" in client.get(link(), follow=True).content.decode()


def test_a_link_holds_for_an_hour(client: Client, alice: User) -> None:
    ask(client, alice.email)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        page = client.get(link(), follow=True)
    assert "This link holds no more" in page.content.decode()


def test_nobody_learns_which_addresses_have_an_account(client: Client, alice: User) -> None:
    assert ask(client, alice.email) == ask(client, "nobody@records.example")
    assert len(mail.outbox) == 1


def test_the_password_of_a_deactivated_user_is_not_replaced(client: Client, alice: User) -> None:
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    ask(client, alice.email)
    assert mail.outbox == []


def test_a_mail_server_that_is_away_is_no_error_for_who_asks(
    client: Client, alice: User, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    assert "a link is on its way" in ask(client, alice.email)


def test_logging_in_gives_the_session_another_key(client: Client, alice: User) -> None:
    client.get("/accounts/login/")
    session = client.session
    session["before"] = "1"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before or ""
    client.post("/accounts/login/", {"username": "alice", "password": "correct horse"})
    assert client.session.session_key != before


def test_a_session_ends_twelve_hours_after_logging_in(client: Client, alice: User) -> None:
    client.post("/accounts/login/", {"username": "alice", "password": "correct horse"})
    with time_machine.travel(timezone.now() + timedelta(hours=12, minutes=1)):
        assert client.get("/customers/").status_code == 302


def test_a_deactivated_user_learns_no_more_than_a_wrong_password(
    client: Client, alice: User
) -> None:
    wrong = {"username": "alice", "password": "wrong"}
    for_wrong = client.post("/accounts/login/", wrong).content.decode()
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    right = {"username": "alice", "password": "correct horse"}
    for_inactive = client.post("/accounts/login/", right).content.decode()
    csrf = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert csrf.sub("", for_wrong) == csrf.sub("", for_inactive)
