"""`manage.py check`: a mapping that could not work is an error."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from customers.mapping import CustomerToErp
from customers.models import Customer
from outbox.connectors.memory import MemoryRemote
from products.models import Product
from records.checks import check_mappings
from records.mapping import REMOTE, Field, Group, Mapping
from tests.records.conftest import CustomerToCrm, MapCustomers


class Good(Mapping[Customer]):
    class Meta:
        record = Customer
        destination = "erp"
        remote = "customers"
        version = 1

    number = Field("no", key=True)
    name = Field("title")


def _found(*mappings: Mapping[Customer], map_customers: MapCustomers) -> dict[str | None, str]:
    map_customers(*mappings)
    return {message.id: message.msg for message in check_mappings(None)}


def test_the_mappings_of_this_application_are_right() -> None:
    assert check_mappings(None) == []


def test_a_good_mapping_is_right(map_customers: MapCustomers) -> None:
    assert _found(Good(), map_customers=map_customers) == {}


def test_an_unknown_field_is_an_error(map_customers: MapCustomers) -> None:
    class WithColour(Good):
        colour = Field("colour")

    found = _found(WithColour(), map_customers=map_customers)

    assert found == {"records.E001": "WithColour maps 'colour', but Customer has no such field."}


def test_an_unknown_field_in_a_group_is_an_error(map_customers: MapCustomers) -> None:
    class WithGroup(Good):
        look = Group("colour", remote="look")

    assert list(_found(WithGroup(), map_customers=map_customers)) == ["records.E001"]


@pytest.mark.parametrize("name", ["id", "version", "created_at"])
def test_our_own_book_keeping_is_not_for_mapping(name: str, map_customers: MapCustomers) -> None:
    mapping = type("Odd", (Good,), {name: Field("x")})()

    assert list(_found(mapping, map_customers=map_customers)) == ["records.E001"]


def test_a_missing_key_is_an_error(map_customers: MapCustomers) -> None:
    class WithoutKey(Good):
        number = Field("no")

    assert list(_found(WithoutKey(), map_customers=map_customers)) == ["records.E002"]


def test_a_key_that_is_not_the_records_is_an_error(map_customers: MapCustomers) -> None:
    class WithTwoKeys(Good):
        name = Field("title", key=True)

    assert list(_found(WithTwoKeys(), map_customers=map_customers)) == ["records.E002"]


def test_a_key_that_the_remote_decides_is_an_error(map_customers: MapCustomers) -> None:
    class WithTheirKey(Good):
        number = Field("no", key=True, owner=REMOTE)

    assert list(_found(WithTheirKey(), map_customers=map_customers)) == ["records.E002"]


def test_a_field_that_is_mapped_twice_is_an_error(map_customers: MapCustomers) -> None:
    class Twice(Good):
        person = Group("name", remote="person")

    assert _found(Twice(), map_customers=map_customers) == {
        "records.E003": "Twice maps 'name' 2 times."
    }


def test_two_fields_in_one_place_are_an_error(map_customers: MapCustomers) -> None:
    class OnePlace(Good):
        notes = Field("title")

    assert _found(OnePlace(), map_customers=map_customers) == {
        "records.E004": "OnePlace writes 'title' 2 times."
    }


def test_one_name_in_two_groups_is_right(map_customers: MapCustomers) -> None:
    class TwoGroups(Good):
        here = Group("city", remote="here")
        city_there = Group("region", remote="there")

    assert _found(TwoGroups(), map_customers=map_customers) == {}


def test_a_field_in_the_place_of_a_group_is_an_error(map_customers: MapCustomers) -> None:
    class Overlapping(Good):
        notes = Field("address")
        address = Group("city", remote="address")

    assert list(_found(Overlapping(), map_customers=map_customers)) == ["records.E004"]


def test_an_unknown_destination_is_an_error(map_customers: MapCustomers) -> None:
    class Elsewhere(Good):
        class Meta(Good.Meta):
            destination = "shop"

    found = _found(Elsewhere(), map_customers=map_customers)

    assert list(found) == ["records.E005"]
    assert "'shop'" in found["records.E005"]


def test_a_mapping_of_another_model_is_an_error(map_customers: MapCustomers) -> None:

    class OfProducts(Good):
        class Meta(Good.Meta):
            record = Product  # type: ignore[assignment]

    found = _found(OfProducts(), map_customers=map_customers)

    assert found == {"records.E006": "OfProducts is for Product, but is registered with customer."}


def test_two_owners_of_one_field_are_an_error(
    map_customers: MapCustomers, crm: MemoryRemote
) -> None:
    class AlsoOwner(CustomerToCrm):
        credit_limit = Field("limit", owner=REMOTE)

    found = _found(CustomerToErp(), AlsoOwner(), map_customers=map_customers)

    assert found == {
        "records.E007": "customer.credit_limit has more than one owner: erp, crm.",
    }


def test_two_mappings_to_one_destination_are_an_error(map_customers: MapCustomers) -> None:
    found = _found(Good(), Good(), map_customers=map_customers)

    assert list(found) == ["records.E008"]


def test_manage_py_check_stops_on_a_wrong_mapping(map_customers: MapCustomers) -> None:
    class WithColour(Good):
        colour = Field("colour")

    map_customers(WithColour())

    with pytest.raises(SystemCheckError, match=r"records\.E001"):
        call_command("check")
