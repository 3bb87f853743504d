"""POST: a new record."""

import pytest

from customers.models import Customer
from outbox.models import Message
from products.models import Product
from records.models import Change
from tests.api.conftest import CUSTOMERS, PRODUCTS, Api, Snapshot, codes, kind


def test_a_new_customer_is_saved_and_its_message_with_it(api: Api) -> None:
    answer = api.post(CUSTOMERS, {"number": "C-1", "name": "Acme"})
    message, customer = Message.objects.get(), Customer.objects.get()
    assert answer.status_code == 201
    assert answer["Location"] == "http://testserver/api/v1/customers/C-1"
    assert answer["ETag"] == f'"{customer.pk.hex}-1"'
    said = answer.json()
    assert said["number"] == "C-1"
    assert said["sync"]["messages"] == [str(message.pk)]
    assert said["sync"]["status"] == "sending"


def test_the_edit_says_who_made_it_and_in_which_request(api: Api) -> None:
    api.post(CUSTOMERS, {"number": "C-1", "name": "Acme"}, x_request_id="order-4711")
    change = Change.objects.get()
    assert (change.actor, change.source, change.reference) == ("alice", "api", "order-4711")


def test_a_record_is_written_as_the_api_writes_all(api: Api) -> None:
    product = {"sku": "B-1", "name": "Bolt", "price": "18", "currency": "EUR"}
    said = api.post(PRODUCTS, product).json()
    assert said["price"] == "18.0000"
    assert said["weight"] is None
    assert said["created_at"].endswith("Z")
    assert said["version"] == 1
    assert said["href"] == "http://testserver/api/v1/products/B-1"
    assert said["sync"]["href"] == "http://testserver/api/v1/products/B-1/sync"
    assert said["sync"]["destinations"] == [
        {"name": "erp", "label": "ERP", "status": "sending", "reason": "", "next_try_in": None}
    ]


def test_a_value_to_be_looked_at_is_kept_with_a_warning(api: Api) -> None:
    said = api.post(CUSTOMERS, {"number": "C-1", "name": "Acme", "phone": "ask Bob"}).json()
    assert said["phone"] == "ask Bob"
    assert "numbering plan" in said["warnings"]["phone"]


def test_a_key_that_is_taken_is_refused(api: Api, acme: Customer, everything: Snapshot) -> None:
    before = everything()
    answer = api.post(CUSTOMERS, {"number": "C-1", "name": "Other"})
    assert (answer.status_code, kind(answer)) == (409, "key-taken")
    assert codes(answer) == {"/number": "key_taken"}
    assert everything() == before


def test_all_wrong_values_are_told_at_once(api: Api, everything: Snapshot) -> None:
    before = everything()
    answer = api.post(CUSTOMERS, {"number": "C-1", "email": "nobody", "country": "XX"})
    assert (answer.status_code, kind(answer)) == (400, "invalid")
    assert codes(answer) == {"/name": "required", "/email": "invalid", "/country": "invalid"}
    assert everything() == before


def test_an_unknown_field_is_refused_by_name(api: Api) -> None:
    answer = api.post(CUSTOMERS, {"number": "C-1", "name": "A", "a/b~c": 1})
    assert codes(answer) == {"/a~1b~0c": "unknown_field"}


@pytest.mark.parametrize("name", ["id", "version", "created_at", "updated_at", "href", "sync"])
def test_what_is_ours_to_say_is_refused_by_name(api: Api, name: str) -> None:
    answer = api.post(CUSTOMERS, {"number": "C-1", "name": "A", name: "x"})
    assert answer.status_code == 400
    assert codes(answer) == {f"/{name}": "read_only"}


def test_a_field_that_the_erp_keeps_is_refused_with_its_owner(api: Api) -> None:
    answer = api.post(CUSTOMERS, {"number": "C-1", "name": "A", "credit_limit": "5"})
    assert (answer.status_code, kind(answer)) == (409, "owned-elsewhere")
    assert codes(answer) == {"/credit_limit": "owned_elsewhere"}
    assert "kept by the ERP" in answer.json()["errors"][0]["detail"]


def test_what_the_erp_could_not_take_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from records.mapping import Field

    def cannot(self: Field, value: object) -> object:
        raise ValueError("takes nothing")

    monkeypatch.setattr(Field, "render", cannot)
    answer = api.post(CUSTOMERS, {"number": "C-1", "name": "A"})
    assert answer.status_code == 400
    assert codes(answer)["/name"] == "remote_cannot_take"


def test_null_empties_a_field_that_may_be_empty(api: Api) -> None:
    said = api.post(PRODUCTS, {"sku": "B-1", "name": "Bolt", "unit": None, "price": None}).json()
    assert (said["unit"], said["price"]) == ("", None)
    assert Product.objects.get().unit == ""


def test_a_key_with_a_slash_is_addressed_by_its_uuid(api: Api) -> None:
    said = api.post(CUSTOMERS, {"number": "A/1", "name": "Acme"}).json()
    assert said["href"].endswith(f"/customers/{said['id']}")
    assert api.get(said["href"]).json()["number"] == "A/1"
    assert api.get(said["sync"]["href"]).json()["key"] == "A/1"


@pytest.mark.parametrize("key", ["Müller & Söhne #1", "100%", "a?b=c", "sync", "日本", "a b"])
def test_any_other_key_is_its_own_address(api: Api, key: str) -> None:
    said = api.post(CUSTOMERS, {"number": key, "name": "Acme"}).json()
    assert said["id"] not in said["href"]
    assert api.get(said["href"]).json()["number"] == key
