"""Deny by default: every address × kind of visitor × method answers as the access table says."""

from collections.abc import Iterator
from copy import copy
from fnmatch import fnmatchcase
from http.cookies import SimpleCookie
from itertools import product

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from tests.accounts.access_objects import ADDRESSES, PARTS, make_objects
from tests.accounts.access_table import TABLE, VISITORS
from tests.accounts.routes import address, routes
from tests.people import person

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
LOGIN_PAGES = ("/accounts/login/?next=", "/admin/login/?next=")  # the latter leads to the former
REFUSALS = {"login", "no", "not this method"}

Cells = dict[str, dict[str, str]]


def rows() -> dict[str, Cells]:
    """Route of a row → method → visitor → cell."""
    found: dict[str, Cells] = {}
    for line in TABLE.strip().splitlines():
        if line.strip() and not line.startswith("#"):
            names, methods, *cells = line.split()
            chosen = METHODS if methods == "any" else methods.split(",")
            for name, method in product(spelt_out(names), chosen):
                found.setdefault(name, {})[method] = dict(zip(VISITORS, cells, strict=True))
    return found


def spelt_out(names: str) -> list[str]:
    """ "{a,b}:list" is "a:list" and "b:list"."""
    before, brace, rest = names.partition("{")
    if not brace:
        return [names]
    inner, _, after = rest.partition("}")
    return [f"{before}{name}{after}" for name in inner.split(",")]


def fits(row: str, route: str) -> bool:
    return row == route or fnmatchcase(route, row)


def row_of(route: str) -> str | None:
    return next((row for row in rows() if fits(row, route)), None)


def visitors() -> Iterator[tuple[str, User | None]]:
    yield "anonymous", None
    yield "no role", person("nobody")
    for role in ("viewer", "editor", "uploader"):
        yield role, person(role, role)
    yield "staff", person("operator", "operator", is_staff=True)
    yield "superuser", person("superuser", is_staff=True, is_superuser=True)


def test_every_route_has_a_row() -> None:
    without = [route for route in routes() if row_of(route) is None]
    assert not without, f"Say in tests/accounts/access_table.py who may open: {', '.join(without)}"


def test_every_row_has_a_route() -> None:
    used = {row_of(route) for route in routes()}
    unused = [row for row in rows() if row not in used]
    assert not unused, f"No such route; take from tests/accounts/access_table.py: {unused}"


@pytest.mark.django_db
@pytest.mark.parametrize("route", routes())
def test_each_visitor_may_what_the_table_says(route: str) -> None:
    row = row_of(route)
    if row is None:
        pytest.fail(f"{route} has no row in tests/accounts/access_table.py")
    expected = rows()[row]
    wrong = []
    for visitor, user in visitors():
        cookies = logged_in(user)
        for method in METHODS:
            cell = expected.get(method, {}).get(visitor)
            found = outcome(request(route, method, user, cookies))
            if found not in ({cell} if cell else REFUSALS):
                wrong.append(f"{method} as {visitor}: {found}, not {cell or 'refused'}")
    assert not wrong, f"{route} (row {row}):\n" + "\n".join(wrong)


def logged_in(user: User | None) -> SimpleCookie:
    client = Client()
    if user:
        client.force_login(User.objects.get(pk=user.pk))
    return client.cookies


def request(route: str, method: str, user: User | None, cookies: SimpleCookie) -> HttpResponse:
    """On fresh objects, which are as they were afterwards."""
    client = Client(raise_request_exception=False)
    client.cookies = copy(cookies)
    with transaction.atomic():
        answer = client.generic(method, address_of(route, user))
        transaction.set_rollback(True)
    return answer  # type: ignore[return-value]


def address_of(route: str, visitor: User | None) -> str:
    path = routes()[route]
    if route in ADDRESSES:
        return ADDRESSES[route]
    if "<" not in path:
        return address(path, {})
    parts = next((parts for start, parts in PARTS.items() if fits(start, route)), None)
    if parts is None:
        pytest.fail(f"Say in tests/accounts/access_objects.py what {route} ({path}) needs")
    return address(path, parts(make_objects(visitor), route))


def outcome(answer: HttpResponse) -> str:
    status = answer.status_code
    if status == 401 or (status == 302 and answer["Location"].startswith(LOGIN_PAGES)):
        return "login"
    if status >= 500:
        return f"an error ({status})"
    return {403: "no", 404: "404", 405: "not this method"}.get(status, "ok")
