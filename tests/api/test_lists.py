"""GET of a collection: pages, filters, and what one question costs."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from records.actions import create_record, delete_record
from records.context import EditContext
from records.registry import RecordType
from tests.api.conftest import CUSTOMERS, Api, codes, kind


def add(customers: RecordType, context: EditContext, *numbers: str) -> None:
    for number in numbers:
        create_record(customers, {"number": number, "name": f"Name {number}"}, context=context)


def numbers(answer: object) -> list[str]:
    return [record["number"] for record in answer.json()["results"]]  # type: ignore[attr-defined]


def test_an_empty_list_has_neither_next_nor_previous(api: Api) -> None:
    answer = api.get(CUSTOMERS)
    assert answer.json() == {"results": [], "next": None, "previous": None}
    assert "Link" not in answer


def test_pages_are_followed_forwards_and_back(
    api: Api, bob: EditContext, customers: RecordType
) -> None:
    add(customers, bob, "C", "E", "A", "D", "B")
    last = api.get(f"{CUSTOMERS}?limit=2")
    seen = numbers(last)
    while url := last.json()["next"]:
        last = api.get(url)
        seen += numbers(last)
    assert seen == ["A", "B", "C", "D", "E"]
    back = api.get(last.json()["previous"])
    assert numbers(back) == ["C", "D"]
    first = api.get(back.json()["previous"])
    assert numbers(first) == ["A", "B"]
    assert first.json()["previous"] is None
    assert numbers(api.get(first.json()["next"])) == ["C", "D"]


def test_the_link_header_says_the_same(api: Api, bob: EditContext, customers: RecordType) -> None:
    add(customers, bob, "A", "B", "C")
    first = api.get(f"{CUSTOMERS}?limit=1&q=name")
    assert first["Link"] == f'<{first.json()["next"]}>; rel="next"'
    second = api.get(first.json()["next"])
    said = second.json()
    assert second["Link"] == f'<{said["next"]}>; rel="next", <{said["previous"]}>; rel="prev"'
    assert "q=name" in said["next"]
    assert "limit=1" in said["next"]


def test_rows_that_come_and_go_make_nothing_appear_twice_and_leave_nothing_out(
    api: Api, bob: EditContext, customers: RecordType
) -> None:
    add(customers, bob, "B", "D", "F", "H")
    first = api.get(f"{CUSTOMERS}?limit=2").json()
    add(customers, bob, "A", "C", "E")
    delete_record(customers, "D", context=bob)
    assert numbers(api.get(first["next"])) == ["E", "F"]


def test_a_page_whose_rows_are_gone_leads_back(
    api: Api, bob: EditContext, customers: RecordType
) -> None:
    add(customers, bob, "A", "B", "C")
    second = api.get(api.get(f"{CUSTOMERS}?limit=1").json()["next"]).json()
    for number in ("C", "A"):
        delete_record(customers, number, context=bob)
    after = api.get(second["next"]).json()
    before = api.get(second["previous"]).json()
    assert (after["results"], after["next"]) == ([], None)
    assert numbers(api.get(after["previous"])) == ["B"]
    assert (before["results"], before["previous"]) == ([], None)
    assert numbers(api.get(before["next"])) == ["B"]


def test_the_order_is_the_databases_own(api: Api, bob: EditContext, customers: RecordType) -> None:
    keys = ["b", "B", "a", "Ä", "ä", "10", "9", "a b", "a-b", "ab", "日本", "_"]
    add(customers, bob, *keys)
    seen, url = [], f"{CUSTOMERS}?limit=1"
    while url:
        page = api.get(url).json()
        seen += [record["number"] for record in page["results"]]
        url = page["next"]
    assert sorted(seen) == sorted(keys)


@pytest.mark.parametrize("limit", ["0", "251", "-1", "1e9", "x", "", "١", "1.0", "9" * 5000, " 1"])
def test_a_limit_out_of_bounds_is_refused(api: Api, limit: str) -> None:
    answer = api.get(f"{CUSTOMERS}?limit={limit}")
    assert (answer.status_code, kind(answer)) == (400, "bad-query")
    assert codes(answer) == {"limit": "invalid"}


def test_the_limits_themselves_are_fine(api: Api) -> None:
    assert api.get(f"{CUSTOMERS}?limit=1").status_code == 200
    assert api.get(f"{CUSTOMERS}?limit=250").status_code == 200


@pytest.mark.parametrize(
    "cursor", ["", "x", "%00", "é", "AAAA", "PgA", "/w", "a" * 10_000, "Pv__", "=", "Pg=="]
)
def test_a_broken_cursor_is_refused(api: Api, cursor: str) -> None:
    answer = api.get(f"{CUSTOMERS}?cursor={cursor}")
    if cursor == "Pg==":  # ">": after the empty key, which is the beginning
        assert answer.status_code == 200
    else:
        assert codes(answer) == {"cursor": "invalid"}


@pytest.mark.parametrize(
    "name", ["ordering", "filter[_connector]", "format", "page", "status", "Q", "a%00", "%FF"]
)
def test_an_unknown_parameter_is_refused(api: Api, name: str) -> None:
    answer = api.get(f"{CUSTOMERS}?{name}=password")
    assert (answer.status_code, kind(answer)) == (400, "bad-query")
    assert list(codes(answer).values()) == ["unknown"]


def test_a_parameter_given_twice_is_refused(api: Api) -> None:
    assert codes(api.get(f"{CUSTOMERS}?q=a&q=b")) == {"q": "repeated"}


def test_a_single_record_takes_no_parameters(api: Api, acme: Customer) -> None:
    assert codes(api.get(f"{CUSTOMERS}/C-1?fields=name")) == {"fields": "unknown"}


def test_the_search_looks_where_the_page_looks(
    api: Api, bob: EditContext, customers: RecordType
) -> None:
    create_record(customers, {"number": "C-1", "name": "Acme", "city": "Berlin"}, context=bob)
    create_record(customers, {"number": "C-2", "name": "Acme", "city": "Ulm"}, context=bob)
    assert numbers(api.get(f"{CUSTOMERS}?q=acme berlin")) == ["C-1"]
    assert numbers(api.get(f"{CUSTOMERS}?q=%25")) == []
    assert api.get(f"{CUSTOMERS}?q=%00%FF{'x' * 5000}").status_code == 200


def test_changes_since_a_time_are_found(api: Api, bob: EditContext, customers: RecordType) -> None:
    moment = datetime(2026, 1, 31, 12, tzinfo=UTC)
    for number, days in (("A", -1), ("B", 0), ("C", 1)):
        with time_machine.travel(moment + timedelta(days=days), tick=False):
            add(customers, bob, number)
    assert numbers(api.get(f"{CUSTOMERS}?updated_since=2026-01-31T12:00:00Z")) == ["B", "C"]
    assert numbers(api.get(f"{CUSTOMERS}?updated_since=2026-01-31T14:00:00.5%2B02:00")) == ["C"]


@pytest.mark.parametrize(
    "time",
    [
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-13-01T00:00:00Z",
        "2026-01-31T12:00:00+02:00",
        "yesterday",
        "",
        "0001-01-01T00:00:00%2B14:00",
        "1",
    ],
)
def test_a_time_without_its_zone_is_refused(api: Api, time: str) -> None:
    assert codes(api.get(f"{CUSTOMERS}?updated_since={time}")) == {"updated_since": "invalid"}


def test_a_list_asks_the_database_as_often_however_long_it_is(
    api: Api, bob: EditContext, customers: RecordType
) -> None:
    counts = []
    for number in ("A", "B", "C"):
        add(customers, bob, number)
        with CaptureQueriesContext(connection) as queries:
            api.get(CUSTOMERS)
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert counts[0] <= 7
