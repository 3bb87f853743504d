"""GET of one record, and what its ETag is good for."""

import unicodedata
from uuid import UUID

import pytest

from customers.models import Customer
from outbox.connectors.memory import MemoryRemote
from outbox.draining import drain_once
from records.actions import create_record, delete_record
from records.context import EditContext
from records.registry import RecordType, record_type
from tests.api.conftest import CUSTOMERS, Api, etag, kind

ACME = f"{CUSTOMERS}/C-1"


def test_a_record_is_found_by_its_key(api: Api, acme: Customer) -> None:
    answer = api.get(ACME)
    assert answer.status_code == 200
    assert answer["ETag"] == etag(acme)
    assert answer["Cache-Control"] == "no-store"
    assert answer.json()["id"] == str(acme.pk)


def test_a_record_is_found_by_its_uuid(api: Api, acme: Customer) -> None:
    assert api.get(f"{CUSTOMERS}/{acme.pk}").json()["number"] == "C-1"


def test_a_key_is_found_however_its_letters_are_composed(api: Api) -> None:
    api.post(CUSTOMERS, {"number": "Mü", "name": "Müller"})
    decomposed = unicodedata.normalize("NFD", "Mü")
    assert api.get(f"{CUSTOMERS}/{decomposed}").status_code == 200


def test_a_key_that_looks_like_a_uuid_is_a_key(api: Api) -> None:
    number = "0197d1a2-0000-7000-8000-000000000001"
    api.post(CUSTOMERS, {"number": number, "name": "Odd"})
    assert api.get(f"{CUSTOMERS}/{number}").json()["name"] == "Odd"


def test_nobodys_key_takes_another_records_address(api: Api, acme: Customer) -> None:
    twin = api.post(CUSTOMERS, {"number": str(acme.pk), "name": "Twin"}).json()
    assert api.get(f"{CUSTOMERS}/{acme.pk}").json()["name"] == "Acme"
    assert api.get(twin["href"]).json()["name"] == "Twin"


@pytest.mark.parametrize("header", ["{}", "W/{}", '"x", {}', "*", ' "a,b" ,, {} '])
def test_what_the_client_has_is_not_sent_again(api: Api, acme: Customer, header: str) -> None:
    answer = api.get(ACME, if_none_match=header.replace("{}", etag(acme)))
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer["ETag"] == etag(acme)


def test_what_the_client_does_not_have_is_sent(api: Api, acme: Customer) -> None:
    assert api.get(ACME, if_none_match=f'"{acme.pk.hex}-0"').status_code == 200


def test_a_get_of_another_version_than_expected_is_refused(api: Api, acme: Customer) -> None:
    answer = api.get(ACME, if_match=f'"{acme.pk.hex}-9"')
    assert (answer.status_code, kind(answer)) == (412, "stale")
    assert api.get(ACME, if_match=etag(acme)).status_code == 200


@pytest.mark.parametrize(
    "key", ["C-2", str(UUID(int=4)), "%00", "%0A", "%ED%A0%80", "%FF", "x" * 10_000]
)
def test_no_record_is_a_problem(api: Api, acme: Customer, key: str) -> None:
    answer = api.get(f"{CUSTOMERS}/{key}")
    assert (answer.status_code, kind(answer)) == (404, "not-found")


def test_a_deleted_record_is_gone_and_says_by_whom(
    api: Api, acme: Customer, bob: EditContext, customers: RecordType
) -> None:
    delete_record(customers, "C-1", context=bob)
    for named in ("C-1", acme.pk):
        answer = api.get(f"{CUSTOMERS}/{named}")
        assert (answer.status_code, kind(answer)) == (410, "gone")
        assert "by bob" in answer.json()["detail"]


def test_the_uuid_of_a_deleted_record_is_not_its_successor(
    api: Api, acme: Customer, bob: EditContext, customers: RecordType
) -> None:
    delete_record(customers, "C-1", context=bob)
    create_record(customers, {"number": "C-1", "name": "New"}, context=bob)
    assert api.get(ACME).status_code == 200
    assert api.get(f"{CUSTOMERS}/{acme.pk}").status_code == 410


def test_head_has_the_headers_only(api: Api, acme: Customer) -> None:
    answer = api.send("HEAD", ACME)
    assert (answer.status_code, answer["ETag"], answer.content) == (200, etag(acme), b"")


@pytest.mark.django_db(transaction=True)
def test_sync_tells_when_the_edit_has_arrived(api: Api, acme: Customer, erp: MemoryRemote) -> None:
    assert api.get(f"{ACME}/sync").json()["status"] == "sending"
    drain_once("erp", seconds=5)
    said = api.get(f"{ACME}/sync").json()
    assert said["status"] == "in_sync"
    assert said["record"] == f"http://testserver{ACME}"


@pytest.mark.django_db(transaction=True)
def test_a_delete_can_be_followed(api: Api, acme: Customer, erp: MemoryRemote) -> None:
    drain_once("erp", seconds=5)
    href = api.delete(ACME, if_match="*").json()["sync"]["href"]
    said = api.get(href).json()
    assert (said["deleted"], said["record"], said["status"]) == (True, None, "sending")
    drain_once("erp", seconds=5)
    assert api.get(href).json()["status"] == "in_sync"
    assert api.get(f"{CUSTOMERS}/{acme.pk}/sync").json()["key"] == "C-1"


def test_sync_of_nothing_is_a_problem(api: Api) -> None:
    assert kind(api.get(f"{ACME}/sync")) == "not-found"


def test_a_record_that_goes_nowhere_is_not_sent(
    api: Api, bob: EditContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    from customers.mapping import CustomerToErp

    monkeypatch.setattr(CustomerToErp, "applies_to", lambda self, record: False)
    create_record(record_type("customer"), {"number": "C-1", "name": "A"}, context=bob)
    assert api.get(ACME).json()["sync"]["status"] == "not_sent"
