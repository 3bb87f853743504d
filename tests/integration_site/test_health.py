"""Health: what load balancers and process managers ask, without logging in."""

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from pytest_django import Settings


@pytest.fixture
def database_away(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    def cursor() -> None:
        raise request.param("The server closed the connection.")

    monkeypatch.setattr(connection, "cursor", cursor)


def test_a_process_that_answers_is_live(client: Client) -> None:
    # Without the mark that allows the database: this must not ask it.
    response = client.get("/livez")

    assert (response.status_code, response.json()) == (200, {"ok": True})


@pytest.mark.django_db
def test_a_process_with_a_database_is_ready(client: Client) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"ok": True})


@pytest.mark.parametrize("database_away", [OperationalError, InterfaceError], indirect=True)
def test_a_process_without_a_database_is_not_ready(client: Client, database_away: None) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"ok": False, "database": "does not answer"}


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
@pytest.mark.django_db
def test_probes_are_answered_without_https(path: str, client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert client.get(path).status_code == 200
