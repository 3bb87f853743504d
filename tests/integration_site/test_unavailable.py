"""A database that is away or locked: 503, and when to come back."""

import pytest
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.backends.db import SessionStore
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from integration_site import urls

ERRORS = {
    "operational": OperationalError("server closed the connection: password=hunter2"),
    "interface": InterfaceError("connection already closed"),
    "integrity": IntegrityError("duplicate key"),
}


@login_not_required
def failing(request: HttpRequest, error: str) -> HttpResponse:
    raise ERRORS[error]


@login_not_required
def noting(request: HttpRequest) -> HttpResponse:
    request.session["seen"] = True
    return HttpResponse("noted")


def guarded(request: HttpRequest) -> HttpResponse:
    return HttpResponse("for Alice only")


urlpatterns = [
    path("failing/<error>", failing),
    path("noting", noting),
    path("guarded", guarded),
    path("login", failing, name="login"),
]
handler500 = "integration_site.unavailable.server_error"

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def visitor() -> Client:
    """A client that gets what a browser gets where something fails."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("error", ["operational", "interface"])
def test_a_view_without_a_database_is_unavailable(error: str, visitor: Client) -> None:
    response = visitor.get(f"/failing/{error}")

    assert response.status_code == 503
    assert response["Retry-After"] == "5"


def test_nothing_of_the_error_is_shown(visitor: Client) -> None:
    assert b"hunter2" not in visitor.get("/failing/operational").content


def test_it_is_logged(visitor: Client, caplog: pytest.LogCaptureFixture) -> None:
    visitor.get("/failing/operational")

    assert "The database does not answer: server closed the connection" in caplog.text


def test_another_error_is_no_outage(visitor: Client) -> None:
    response = visitor.get("/failing/integrity")

    assert response.status_code == 500
    assert "Retry-After" not in response


@pytest.fixture
def sessions_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(SessionStore, "load", away)
    monkeypatch.setattr(SessionStore, "save", away)


def test_who_is_logged_in_cannot_be_told_without_a_database(
    visitor: Client, sessions_away: None, settings: Settings
) -> None:
    visitor.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    response = visitor.get("/guarded")

    assert response.status_code == 503
    assert response["Retry-After"] == "5"


def test_a_session_cannot_be_saved_without_a_database(visitor: Client, sessions_away: None) -> None:
    assert visitor.get("/noting").status_code == 503


def test_the_application_uses_it() -> None:
    assert urls.handler500 == handler500
