"""PUT: a record as a whole, new or not."""

import pytest

from customers.models import Customer
from records.actions import receive_remote_values
from records.context import EditContext, Source
from records.registry import RecordType
from tests.api.conftest import CUSTOMERS, Api, Snapshot, codes, etag, kind

ACME = f"{CUSTOMERS}/C-1"
BOOKKEEPING = ("id", "version", "created_at", "updated_at", "href", "sync")


@pytest.fixture
def limited(acme: Customer, customers: RecordType) -> Customer:
    context = EditContext(actor="ERP", source=Source.INBOUND)
    receive_remote_values(
        customers, "C-1", {"credit_limit": "500"}, destination="erp", context=context
    )
    acme.refresh_from_db()
    return acme


def test_what_is_not_there_is_created(api: Api) -> None:
    answer = api.put(ACME, {"name": "Acme"})
    assert answer.status_code == 201
    assert answer["Location"] == f"http://testserver{ACME}"
    assert answer.json()["number"] == "C-1"
    assert len(answer.json()["sync"]["messages"]) == 1


def test_what_is_there_is_replaced_and_loses_what_is_not_given(api: Api, limited: Customer) -> None:
    answer = api.put(ACME, {"name": "Acme AG"}, if_match=etag(limited))
    said = answer.json()
    assert answer.status_code == 200
    assert (said["name"], said["city"], said["status"]) == ("Acme AG", "", "active")
    assert said["credit_limit"] == "500.00"
    assert said["id"] == str(limited.pk)


def test_a_record_sent_back_as_it_came_writes_nothing(
    api: Api, limited: Customer, everything: Snapshot
) -> None:
    before = everything()
    got = api.get(ACME)
    body = {name: value for name, value in got.json().items() if name not in BOOKKEEPING}
    answer = api.put(ACME, body, if_match=got["ETag"])
    assert (answer.status_code, answer["ETag"]) == (200, got["ETag"])
    assert everything() == before


def test_a_record_with_its_bookkeeping_is_refused_by_name(api: Api, acme: Customer) -> None:
    got = api.get(ACME)
    answer = api.put(ACME, got.json(), if_match=got["ETag"])
    assert codes(answer) == {f"/{name}": "read_only" for name in BOOKKEEPING}


def test_what_the_erp_keeps_cannot_be_replaced(api: Api, limited: Customer) -> None:
    answer = api.put(ACME, {"name": "A", "credit_limit": "600"}, if_match="*")
    assert (answer.status_code, kind(answer)) == (409, "owned-elsewhere")


def test_what_is_there_needs_its_version(api: Api, acme: Customer) -> None:
    assert kind(api.put(ACME, {"name": "A"})) == "precondition-required"


def test_to_create_only_never_replaces(api: Api, acme: Customer, everything: Snapshot) -> None:
    before = everything()
    for header in ("*", etag(acme)):
        answer = api.put(ACME, {"name": "A"}, if_none_match=header)
        assert (answer.status_code, kind(answer)) == (412, "stale")
        assert answer["ETag"] == etag(acme)
    assert everything() == before
    assert api.put(f"{CUSTOMERS}/C-2", {"name": "A"}, if_none_match="*").status_code == 201


@pytest.mark.parametrize("header", ["*", '"x"'])
def test_to_replace_only_never_creates(api: Api, header: str) -> None:
    answer = api.put(ACME, {"name": "A"}, if_match=header)
    assert (answer.status_code, kind(answer)) == (412, "stale")
    assert not Customer.objects.exists()


def test_the_key_may_be_repeated(api: Api) -> None:
    assert api.put(ACME, {"number": "C-1", "name": "A"}).status_code == 201
    assert api.put(ACME, {"number": "C-1", "name": "B"}, if_match="*").status_code == 200


def test_the_key_cannot_be_another(api: Api) -> None:
    for key in ("C-2", "a\0b", "\ud800"):
        answer = api.put(ACME, {"number": key, "name": "A"})
        assert (answer.status_code, kind(answer)) == (409, "key-is-fixed")
    api.put(ACME, {"name": "A"})
    answer = api.put(ACME, {"number": "C-2", "name": "A"}, if_match="*")
    assert (answer.status_code, kind(answer)) == (409, "key-is-fixed")


@pytest.mark.parametrize("key", [None, ""])
def test_the_key_cannot_be_blank(api: Api, key: str | None) -> None:
    assert codes(api.put(ACME, {"number": key, "name": "A"})) == {"/number": "required"}


def test_a_required_field_must_be_given(api: Api, acme: Customer) -> None:
    assert codes(api.put(ACME, {"city": "Ulm"}, if_match="*")) == {"/name": "required"}
    assert codes(api.put(f"{CUSTOMERS}/C-2", {"city": "Ulm"})) == {"/name": "required"}


def test_a_deleted_uuid_is_not_created_anew(api: Api, acme: Customer) -> None:
    api.delete(ACME, if_match="*")
    assert kind(api.put(f"{CUSTOMERS}/{acme.pk}", {"name": "A"})) == "gone"
    assert api.put(ACME, {"name": "A"}).status_code == 201


def test_a_key_that_could_not_be_saved_is_told(api: Api) -> None:
    answer = api.put(f"{CUSTOMERS}/{'x' * 10_000}", {"name": "A"})
    assert (answer.status_code, list(codes(answer))) == (400, ["/number"])
    assert kind(api.put(f"{CUSTOMERS}/%00", {"name": "A"})) == "not-found"
