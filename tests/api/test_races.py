"""Clients that write the same record at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from customers.models import Customer
from records.actions import create_record, delete_record
from records.api import finding, writing
from records.context import EditContext
from records.models import Change
from records.registry import RecordType
from tests.api.conftest import CUSTOMERS, Api, etag, kind

ACME = f"{CUSTOMERS}/C-1"


def at_once(*calls: Callable[[], Any]) -> list[int]:
    """The statuses of the answers, in order."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> int:
        try:
            start.wait(timeout=10)
            return int(call().status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("headers", "lost"), [({"if_none_match": "*"}, 412), ({}, 428)], ids=["create only", "plain"]
)
def test_of_those_who_put_the_same_new_record_one_creates_it(
    api: Api, headers: dict[str, str], lost: int
) -> None:
    for number in range(5):
        calls = [
            partial(Api(api.token).put, f"{CUSTOMERS}/C-{number}", {"name": f"{client}"}, **headers)
            for client in range(3)
        ]
        assert at_once(*calls) == [201, lost, lost]
    assert Customer.objects.count() == Change.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_of_the_same_version_one_is_saved(api: Api, acme: Customer) -> None:
    for turn in range(5):
        seen = etag(acme)
        calls = [
            partial(Api(api.token).patch, ACME, {"city": f"{turn} {client}"}, if_match=seen)
            for client in range(2)
        ]
        assert at_once(*calls) == [200, 412]
    assert Change.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_a_change_and_a_delete_at_once_are_never_our_mistake(api: Api) -> None:
    for number in range(5):
        path = f"{CUSTOMERS}/C-{number}"
        api.put(path, {"name": "Acme"})
        statuses = at_once(
            partial(Api(api.token).delete, path, if_match="*"),
            partial(Api(api.token).patch, path, {"city": "Ulm"}, if_match="*"),
            partial(Api(api.token).put, path, {"name": "New"}, if_match="*"),
        )
        assert set(statuses) <= {200, 410, 412}
        assert 200 in statuses


def test_a_record_that_is_created_meanwhile_is_met_at_the_second_look(
    api: Api, bob: EditContext, customers: RecordType, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = finding.lock
    looks = []

    def look_too_early(record_type: RecordType, target: Any) -> Any:
        found = look(record_type, target)
        looks.append(found)
        if len(looks) == 1:
            create_record(customers, {"number": "C-1", "name": "Bob's"}, context=bob)
        return found

    monkeypatch.setattr(writing, "lock", look_too_early)
    answer = api.put(ACME, {"name": "Mine"}, if_none_match="*")
    assert len(looks) == 2
    assert (answer.status_code, kind(answer)) == (412, "stale")


def test_a_record_that_is_deleted_meanwhile_is_gone(
    api: Api,
    acme: Customer,
    bob: EditContext,
    customers: RecordType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    look = finding.lock

    def look_too_late(record_type: RecordType, target: Any) -> Any:
        if Customer.objects.exists():
            delete_record(customers, "C-1", context=bob)
        return look(record_type, target)

    monkeypatch.setattr(writing, "lock", look_too_late)
    answer = api.patch(ACME, {"city": "Ulm"}, if_match="*")
    assert (answer.status_code, kind(answer)) == (410, "gone")


def test_a_record_that_is_deleted_and_created_anew_meanwhile_is_another(
    api: Api,
    acme: Customer,
    bob: EditContext,
    customers: RecordType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen, look = etag(acme), finding.lock

    def look_too_late(record_type: RecordType, target: Any) -> Any:
        if Customer.objects.filter(pk=acme.pk).exists():
            delete_record(customers, "C-1", context=bob)
            create_record(customers, {"number": "C-1", "name": "New"}, context=bob)
        return look(record_type, target)

    monkeypatch.setattr(writing, "lock", look_too_late)
    assert api.delete(ACME, if_match=seen).status_code == 412
    assert api.delete(f"{CUSTOMERS}/{acme.pk}", if_match=seen).status_code == 410
