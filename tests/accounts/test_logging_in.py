"""Logging in and out."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.people import person

LOGIN = "/accounts/login/"


@pytest.fixture
def alice_with_password(db: None) -> User:
    return person("alice", "editor", password="correct horse")


def log_in(client: Client, following: str = "", password: str = "correct horse") -> str:
    answer = client.post(LOGIN, {"username": "alice", "password": password, "next": following})
    return answer.get("Location", "")


def test_after_logging_in_the_start_is_shown(client: Client, alice_with_password: User) -> None:
    assert log_in(client) == "/"


def test_a_wrong_password_is_said_in_words(client: Client, alice_with_password: User) -> None:
    page = client.post(LOGIN, {"username": "alice", "password": "wrong"})
    assert b"Please enter a correct username and password" in page.content
    assert b'value="alice"' in page.content
    assert b"wrong" not in page.content


def test_one_comes_back_to_the_page_that_was_asked_for(
    client: Client, alice_with_password: User
) -> None:
    asked = client.get("/customers/?q=acme")
    assert asked["Location"] == "/accounts/login/?next=/customers/%3Fq%3Dacme"
    assert log_in(client, "/customers/?q=acme") == "/customers/?q=acme"


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"],
)
def test_nobody_is_sent_elsewhere(
    client: Client, alice_with_password: User, elsewhere: str
) -> None:
    assert log_in(client, elsewhere) == "/"
    assert client.get(LOGIN, {"next": elsewhere})["Location"] == "/"


def test_logging_out_ends_the_session(client: Client, alice_with_password: User) -> None:
    log_in(client)
    answer = client.post("/accounts/logout/")
    assert answer["Location"] == LOGIN
    assert client.get("/customers/").status_code == 302


def test_a_link_cannot_log_anybody_out(client: Client, alice_with_password: User) -> None:
    log_in(client)
    assert client.get("/accounts/logout/").status_code == 405
    assert client.get("/customers/").status_code == 200


def test_logging_out_after_the_session_ended_leads_to_the_login_page(
    client: Client, db: None
) -> None:
    assert client.post("/accounts/logout/")["Location"] == LOGIN
