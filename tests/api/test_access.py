"""Who may ask, and who may do what."""

import re
from datetime import timedelta

import pytest

from customers.models import Customer
from tests.api.conftest import CUSTOMERS, PRODUCTS, RIGHTS, Api, api_of, kind, token_of, user_with

ACME = f"{CUSTOMERS}/C-1"
BODY = {"number": "C-9", "name": "Acme"}


@pytest.mark.parametrize(
    "path", ["/api/v1/", "/api/v1/openapi.json", CUSTOMERS, ACME, f"{ACME}/sync"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nobody_gets_in_without_saying_who_they_are(db: None, path: str, method: str) -> None:
    answer = Api().send(method, path, {})
    assert (answer.status_code, kind(answer)) == (401, "not-authenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["x", "rec_nonsense", "", "a b", "ü", "%00", "x" * 5000])
def test_a_token_that_is_none_is_refused(db: None, token: str) -> None:
    answer = Api().get(CUSTOMERS, authorization=f"Bearer {token}")
    assert (answer.status_code, kind(answer)) == (401, "not-authenticated")


def test_an_expired_token_is_refused(db: None) -> None:
    token = token_of(user_with("alice", *RIGHTS), expires_in=timedelta(seconds=-1))
    assert Api(token).get(CUSTOMERS).status_code == 401


def test_the_token_of_somebody_who_left_is_refused(db: None) -> None:
    alice = user_with("alice", *RIGHTS)
    token = token_of(alice)
    alice.is_active = False
    alice.save()
    assert Api(token).get(CUSTOMERS).status_code == 401


@pytest.mark.parametrize("right", RIGHTS)
def test_each_right_allows_what_it_says_and_no_more(acme: Customer, right: str) -> None:
    api = api_of("charlie", right)
    allowed = {
        name
        for name, answer in (
            ("view", api.get(CUSTOMERS)),
            ("view", api.get(ACME)),
            ("view", api.get(f"{ACME}/sync")),
            ("add", api.post(CUSTOMERS, BODY)),
            ("add", api.put(f"{CUSTOMERS}/C-2", {"name": "Acme"})),
            ("change", api.patch(ACME, {"city": "Ulm"}, if_match="*")),
            ("change", api.put(ACME, {"name": "Acme"}, if_match="*")),
            ("delete", api.delete(ACME, if_match="*")),
        )
        if answer.status_code != 403
    }
    assert allowed == {right}


@pytest.mark.parametrize(
    ("method", "path", "missing"),
    [
        ("GET", CUSTOMERS, ["customers.view_customer"]),
        ("POST", PRODUCTS, ["products.add_product"]),
        ("PUT", ACME, ["customers.add_customer", "customers.change_customer"]),
        ("PATCH", ACME, ["customers.change_customer"]),
        ("DELETE", ACME, ["customers.delete_customer"]),
    ],
)
def test_what_is_missing_is_named(
    acme: Customer, method: str, path: str, missing: list[str]
) -> None:
    answer = api_of("charlie").send(method, path, BODY)
    assert (answer.status_code, kind(answer)) == (403, "not-allowed")
    assert answer.json()["missing"] == missing
    assert missing[0] in answer.json()["detail"]


def test_a_right_to_create_replaces_nothing(acme: Customer) -> None:
    answer = api_of("charlie", "add").put(ACME, {"name": "Mine"}, if_match="*")
    assert answer.json()["missing"] == ["customers.change_customer"]
    acme.refresh_from_db()
    assert acme.name == "Acme"


def test_a_session_writes_with_its_csrf_token_only(db: None) -> None:
    api = Api(enforce_csrf_checks=True)
    api.client.force_login(user_with("alice", *RIGHTS))
    assert api.get(CUSTOMERS).status_code == 200
    answer = api.post(CUSTOMERS, BODY)
    assert (answer.status_code, kind(answer)) == (403, "not-allowed")
    assert "CSRF" in answer.json()["detail"]
    page = api.client.get("/api/docs/").content.decode()
    [token] = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page))
    assert api.post(CUSTOMERS, BODY, x_csrftoken=token).status_code == 201


def test_a_form_of_another_site_writes_nothing(db: None) -> None:
    api = Api(enforce_csrf_checks=True)
    api.client.force_login(user_with("alice", *RIGHTS))
    for media_type in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
        answer = api.post(CUSTOMERS, b"number=C-1&name=A", content_type=media_type)
        assert answer.status_code in (400, 403, 415)
        assert kind(answer)
    assert not Customer.objects.exists()


def test_a_token_needs_no_csrf_token(db: None) -> None:
    token = token_of(user_with("alice", *RIGHTS))
    assert Api(token, enforce_csrf_checks=True).post(CUSTOMERS, BODY).status_code == 201


def test_the_index_lists_the_collections(api: Api) -> None:
    said = api.get("/api/v1/").json()
    assert said == {
        "customers": "http://testserver/api/v1/customers",
        "products": "http://testserver/api/v1/products",
    }
    for url in said.values():
        assert api.get(url).status_code == 200
