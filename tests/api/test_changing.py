"""PATCH and DELETE: what exists, in the version that the client has seen."""

import pytest

from customers.models import Customer
from outbox.models import Message
from products.models import Product
from records.actions import receive_remote_values, update_record
from records.context import EditContext, Source
from records.models import Change
from records.registry import RecordType
from tests.api.conftest import CUSTOMERS, PRODUCTS, Api, Snapshot, codes, etag, kind

ACME = f"{CUSTOMERS}/C-1"


def test_a_field_is_changed_and_the_rest_stays(api: Api, acme: Customer) -> None:
    answer = api.patch(ACME, {"city": "Hamburg"}, if_match=etag(acme))
    assert answer.status_code == 200
    assert (answer.json()["city"], answer.json()["name"]) == ("Hamburg", "Acme")
    assert answer["ETag"] == etag(acme)
    assert answer["ETag"].endswith('-2"')
    sent = Message.objects.get(record_version=2)
    assert answer.json()["sync"]["messages"] == [str(sent.pk)]


def test_a_merge_patch_is_read_too(api: Api, acme: Customer) -> None:
    answer = api.patch(
        ACME, {"city": None}, if_match="*", content_type="application/merge-patch+json"
    )
    assert answer.json()["city"] == ""


def test_a_change_without_a_version_is_refused(
    api: Api, acme: Customer, everything: Snapshot
) -> None:
    before = everything()
    for answer in (api.patch(ACME, {"city": "Bonn"}), api.delete(ACME)):
        assert (answer.status_code, kind(answer)) == (428, "precondition-required")
    assert everything() == before


def test_a_change_of_a_former_version_is_refused_with_the_etag_of_now(
    api: Api, acme: Customer, bob: EditContext, customers: RecordType, everything: Snapshot
) -> None:
    seen = etag(acme)
    update_record(customers, "C-1", {"city": "Bonn"}, context=bob)
    before = everything()
    for answer in (
        api.patch(ACME, {"city": "Ulm"}, if_match=seen),
        api.put(ACME, {"name": "Ulm"}, if_match=seen),
        api.delete(ACME, if_match=seen),
    ):
        assert (answer.status_code, kind(answer)) == (412, "stale")
        assert answer["ETag"] == etag(acme)
    assert everything() == before


def test_what_the_erp_decided_meanwhile_makes_nothing_stale(
    api: Api, acme: Customer, customers: RecordType
) -> None:
    seen = etag(acme)
    context = EditContext(actor="ERP", source=Source.INBOUND)
    receive_remote_values(
        customers, "C-1", {"credit_limit": "500"}, destination="erp", context=context
    )
    assert api.patch(ACME, {"city": "Ulm"}, if_match=seen).status_code == 200


@pytest.mark.parametrize("header", ['"x", {}', '{}, "x"', "*", ' ,{}, W/"y"'])
def test_one_of_many_tags_is_enough(api: Api, acme: Customer, header: str) -> None:
    sent = header.replace("{}", etag(acme))
    assert api.patch(ACME, {"city": "Ulm"}, if_match=sent).status_code == 200


def test_a_former_tag_beside_that_of_now_is_fine(
    api: Api, acme: Customer, bob: EditContext, customers: RecordType
) -> None:
    seen = etag(acme)
    update_record(customers, "C-1", {"city": "Bonn"}, context=bob)
    sent = f"{etag(acme)}, {seen}"
    assert api.patch(ACME, {"city": "Ulm"}, if_match=sent).status_code == 200


@pytest.mark.parametrize("header", ["W/{}", '"x"', '""', '"00-1"'])
def test_a_weak_or_foreign_tag_matches_nothing(api: Api, acme: Customer, header: str) -> None:
    answer = api.patch(ACME, {"city": "Ulm"}, if_match=header.replace("{}", etag(acme)))
    assert (answer.status_code, kind(answer)) == (412, "stale")


@pytest.mark.parametrize("header", ["", "abc", '"', '"a" "b"', '"a",b', '*, "a"', "1", '"a"b'])
def test_a_tag_that_cannot_be_read_is_refused(api: Api, acme: Customer, header: str) -> None:
    answer = api.patch(ACME, {"city": "Ulm"}, if_match=header)
    assert (answer.status_code, kind(answer)) == (400, "bad-precondition")


def test_a_tag_of_a_former_record_of_the_key_is_stale(api: Api, acme: Customer) -> None:
    seen = etag(acme)
    api.delete(ACME, if_match="*")
    api.post(CUSTOMERS, {"number": "C-1", "name": "New"})
    assert api.patch(ACME, {"city": "Ulm"}, if_match=seen).status_code == 412


def test_the_values_as_they_are_write_nothing(
    api: Api, acme: Customer, everything: Snapshot
) -> None:
    before = everything()
    answer = api.patch(ACME, {"city": "Berlin"}, if_match=etag(acme))
    assert answer.status_code == 200
    assert answer.json()["sync"]["messages"] == []
    assert everything() == before


def test_a_key_cannot_be_changed(api: Api, acme: Customer) -> None:
    answer = api.patch(ACME, {"number": "C-2"}, if_match="*")
    assert (answer.status_code, kind(answer)) == (409, "key-is-fixed")


def test_a_field_that_the_erp_keeps_cannot_be_changed(api: Api, acme: Customer) -> None:
    answer = api.patch(ACME, {"credit_limit": "5"}, if_match="*")
    assert (answer.status_code, kind(answer)) == (409, "owned-elsewhere")
    assert codes(answer) == {"/credit_limit": "owned_elsewhere"}
    assert api.patch(ACME, {"credit_limit": None}, if_match="*").status_code == 200


@pytest.mark.parametrize("value", ["1.5", 1.5, "+1.5", " 1.50 "])
def test_an_amount_is_a_text_or_a_number(api: Api, bolt: Product, value: object) -> None:
    answer = api.patch(f"{PRODUCTS}/B-1", {"price": value}, if_match="*")
    assert answer.json()["price"] == "1.5000"


@pytest.mark.parametrize("raw", [b"0.1", b"1234567890.1234", b'"1234567890.1234"', b"1.5e1", b"7"])
def test_an_amount_is_kept_to_the_last_digit(api: Api, bolt: Product, raw: bytes) -> None:
    from decimal import Decimal

    api.patch(f"{PRODUCTS}/B-1", b'{"price": %s}' % raw, if_match="*")
    bolt.refresh_from_db()
    assert bolt.price == Decimal(raw.decode().strip('"'))


@pytest.mark.parametrize(
    "raw",
    [
        *(b'"1e5"', b'"1_000"', '"١٢"'.encode(), b'" 1,5"', b'"1.234,56"', b'"NaN"', b'"Infinity"'),
        *(b"true", b"[]", b"{}", b'"0x10"', b'"-"', b'"."', b"0.00001", b"1e400", b"12345678901"),
    ],
)
def test_what_is_no_amount_is_refused(api: Api, bolt: Product, raw: bytes) -> None:
    answer = api.patch(f"{PRODUCTS}/B-1", b'{"price": %s}' % raw, if_match="*")
    assert (answer.status_code, kind(answer)) == (400, "invalid")
    assert list(codes(answer)) == ["/price"]


@pytest.mark.parametrize("value", [1, 1.5, True, False, [], {}, ["a"], 0])
def test_a_text_is_nothing_but_a_text(api: Api, acme: Customer, value: object) -> None:
    answer = api.patch(ACME, {"city": value}, if_match="*")
    assert codes(answer) == {"/city": "not_a_text"}


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "\u202eabc", "\u200b", "\x1b[31m"])
def test_unsafe_text_is_refused(api: Api, acme: Customer, value: str) -> None:
    answer = api.patch(ACME, {"city": value}, if_match="*")
    assert codes(answer) == {"/city": "invalid"}


def test_a_record_is_deleted_and_leaves(api: Api, acme: Customer) -> None:
    answer = api.delete(ACME, if_match=etag(acme))
    assert answer.status_code == 200
    assert answer.json()["key"] == "C-1"
    assert len(answer.json()["sync"]["messages"]) == 1
    assert not Customer.objects.exists()
    assert Change.objects.get(kind="delete").actor == "alice"


def test_what_is_not_there_can_neither_be_changed_nor_deleted(api: Api, acme: Customer) -> None:
    for headers in ({}, {"if_match": "*"}):
        assert kind(api.patch(f"{CUSTOMERS}/C-2", {"city": "Ulm"}, **headers)) == "not-found"
        assert kind(api.delete(f"{CUSTOMERS}/C-2", **headers)) == "not-found"
    api.delete(ACME, if_match="*")
    assert kind(api.patch(ACME, {"city": "Ulm"}, if_match="*")) == "gone"
    assert kind(api.delete(ACME, if_match="*")) == "gone"
