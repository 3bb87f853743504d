"""Errors: always problem+json, whatever fails and wherever."""

import logging
from unittest.mock import patch

import pytest
from django.db import InterfaceError, OperationalError

from api.problem_kinds import problem_kinds
from customers.models import Customer
from tests.api.conftest import CUSTOMERS, Api, Snapshot, kind

ACME = f"{CUSTOMERS}/C-1"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nonsense",
        "/api/v1/customers/",
        "/api/v1/customers/a/b",
        "/api/v1/customers/a/sync/",
        "/api/v2/",
        "/api/nonsense",
        "/api/v1x",
        "/api/",
        "/api/v1/%00",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS", "FOO"])
def test_an_unknown_address_is_a_problem(db: None, path: str, method: str) -> None:
    answer = Api().send(method, path)
    assert (answer.status_code, kind(answer)) == (404, "not-found")
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", CUSTOMERS, {"GET", "POST", "HEAD", "OPTIONS"}),
        ("FOO", CUSTOMERS, {"GET", "POST", "HEAD", "OPTIONS"}),
        ("POST", ACME, {"GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}),
        ("TRACE", ACME, {"GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}),
        ("DELETE", f"{ACME}/sync", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/api/v1/", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_method_that_is_not_there_lists_those_that_are(
    api: Api, acme: Customer, method: str, path: str, allowed: set[str]
) -> None:
    answer = api.send(method, path)
    assert (answer.status_code, kind(answer)) == (405, "method-not-allowed")
    assert set(answer["Allow"].split(", ")) == allowed


def test_options_lists_the_methods(api: Api) -> None:
    answer = api.send("OPTIONS", CUSTOMERS)
    assert answer.status_code == 204
    assert set(answer["Allow"].split(", ")) >= {"GET", "POST"}


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
def test_who_wants_no_json_is_told_in_json(api: Api, accept: str) -> None:
    answer = api.get(CUSTOMERS, accept=accept)
    assert (answer.status_code, kind(answer)) == (406, "not-acceptable")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html, */*;q=0.1"])
def test_who_takes_json_gets_it(api: Api, accept: str) -> None:
    assert api.get(CUSTOMERS, accept=accept)["Content-Type"] == "application/json"


@pytest.mark.parametrize("error", [OperationalError("locked"), InterfaceError("closed")])
def test_a_database_that_is_away_is_a_problem(
    api: Api, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with patch("records.api.writing.create_record", side_effect=error):
        answer = api.post(CUSTOMERS, {"number": "C-1", "name": "A"})
    assert (answer.status_code, kind(answer)) == (503, "unavailable")
    assert answer["Retry-After"] == "5"
    assert str(error) not in answer.content.decode()
    assert str(error) in caplog.text


def test_a_write_that_cannot_be_answered_is_not_saved(api: Api, everything: Snapshot) -> None:
    before = everything()
    with patch("records.api.viewset.statuses_of", side_effect=OperationalError("locked")):
        for answer in (
            api.post(CUSTOMERS, {"number": "C-1", "name": "A"}),
            api.put(ACME, {"name": "A"}),
        ):
            assert (answer.status_code, kind(answer)) == (503, "unavailable")
    assert everything() == before


def test_a_database_that_is_away_from_the_first_is_a_problem(api: Api) -> None:
    with patch(
        "django.contrib.sessions.backends.db.SessionStore.load", side_effect=OperationalError
    ):
        api.client.cookies["sessionid"] = "x" * 32
        answer = api.get(CUSTOMERS, authorization="Basic x")
    assert (answer.status_code, kind(answer)) == (503, "unavailable")


def test_a_database_that_is_away_in_a_middleware_is_a_problem(db: None) -> None:
    with patch(
        "django.middleware.common.CommonMiddleware.process_request", side_effect=OperationalError
    ):
        answer = Api().get(CUSTOMERS)
    assert (answer.status_code, kind(answer)) == (503, "unavailable")


def test_a_mistake_of_ours_is_logged_and_shows_nothing(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        patch("records.api.writing.create_record", side_effect=ZeroDivisionError("secret")),
        caplog.at_level(logging.ERROR),
    ):
        answer = api.post(CUSTOMERS, {"number": "C-1", "name": "A"})
    assert (answer.status_code, kind(answer)) == (500, "internal-error")
    assert "secret" not in answer.content.decode()
    assert "secret" in caplog.text
    assert answer["X-Request-ID"] in caplog.text


def test_a_mistake_in_a_middleware_shows_nothing(db: None) -> None:
    with patch(
        "django.middleware.common.CommonMiddleware.process_request",
        side_effect=ZeroDivisionError("secret"),
    ):
        answer = Api().get(CUSTOMERS)
    assert (answer.status_code, kind(answer)) == (500, "internal-error")
    assert "secret" not in answer.content.decode()


def test_a_host_that_is_not_ours_is_a_problem(db: None) -> None:
    answer = Api().get(CUSTOMERS, host="evil.example")
    assert (answer.status_code, kind(answer)) == (400, "bad-request")


def test_each_kind_has_a_name_of_its_own() -> None:
    names = [kind.name for kind in problem_kinds()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["order-4711", "a" * 128, "9f1c:2/3+4=", "user@host"])
def test_a_sane_request_id_is_taken_over(api: Api, name: str) -> None:
    assert api.get(CUSTOMERS, x_request_id=name)["X-Request-ID"] == name


@pytest.mark.parametrize("name", ["", "a" * 129, "a b", "é", "<script>", "-x", "a\tb"])
def test_another_request_id_is_replaced(api: Api, name: str) -> None:
    given = api.get(CUSTOMERS, x_request_id=name)["X-Request-ID"]
    assert len(given) == 32
    assert given != name


def test_pages_have_a_request_id_too(client: object, db: None) -> None:
    assert Api().get("/accounts/login/")["X-Request-ID"]
