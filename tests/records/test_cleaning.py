"""Cleaning: values as they came in become values as they are saved."""

from decimal import Decimal
from typing import Any

import pytest

from customers.models import Customer
from records.cleaning import Cleaned, clean
from records.errors import RecordInvalid, UnknownField
from records.registry import RecordType

ONE_OF_EACH: dict[str, Any] = {
    "number": " C-1 ",
    "name": "Cafe\u0301  Acme",
    "country": "germany",
    "phone": "030 123456",
    "currency": "eur",
    "tax_id": "de 123 456 789",
    "email": "Bob@EXAMPLE.com",
    "status": "active",
    "postal_code": "01  099",
    "credit_limit": "18",
    "notes": "one\r\ntwo",
    "city": None,
}


def _cleaned(record_type: RecordType, **values: Any) -> Cleaned:
    beside = {field.name: field.get_default() for field in record_type.model.data_fields()}
    return clean(record_type, values, beside=beside)


def _errors(record_type: RecordType, **values: Any) -> dict[str, list[str]]:
    with pytest.raises(RecordInvalid) as refused:
        _cleaned(record_type, **values)
    return refused.value.errors


def test_each_value_goes_by_its_rules(customers: RecordType) -> None:
    assert _cleaned(customers, **ONE_OF_EACH).values == {
        "number": "C-1",
        "name": "Caf\u00e9  Acme",
        "country": "DE",
        "phone": "+4930123456",
        "currency": "EUR",
        "tax_id": "DE123456789",
        "email": "Bob@example.com",
        "status": "active",
        "postal_code": "01 099",
        "credit_limit": Decimal(18),
        "notes": "one\ntwo",
        "city": "",
    }


def test_cleaning_what_is_clean_changes_nothing(customers: RecordType) -> None:
    once = _cleaned(customers, **ONE_OF_EACH).values

    assert _cleaned(customers, **once).values == once


def test_a_phone_is_read_by_the_country_that_comes_with_it(customers: RecordType) -> None:
    cleaned = _cleaned(customers, phone="030 123456", country="Germany")

    assert cleaned.values["phone"] == "+4930123456"
    assert cleaned.warnings == {}


def test_a_phone_is_read_by_the_country_that_is_there(customers: RecordType) -> None:
    cleaned = clean(customers, {"phone": "030 123456"}, beside={"country": "DE"})

    assert cleaned.values["phone"] == "+4930123456"


def test_a_value_to_be_looked_at_is_kept_with_a_warning(customers: RecordType) -> None:
    cleaned = _cleaned(customers, phone="ask Bob")

    assert cleaned.values == {"phone": "ask Bob"}
    assert list(cleaned.warnings) == ["phone"]


@pytest.mark.parametrize("blank", ["", None, "  ", "\t\n"])
def test_blank_text_is_empty(blank: str | None, customers: RecordType) -> None:
    assert _cleaned(customers, city=blank).values == {"city": ""}


@pytest.mark.parametrize("blank", ["", None, "  "])
def test_a_blank_number_is_none(blank: str | None, customers: RecordType) -> None:
    assert _cleaned(customers, credit_limit=blank).values == {"credit_limit": None}


@pytest.mark.parametrize("field", ["number", "name", "status"])
@pytest.mark.parametrize("blank", ["", None, "  "])
def test_what_is_required_must_not_be_blank(
    blank: str | None, field: str, customers: RecordType
) -> None:
    assert _errors(customers, **{field: blank}) == {field: ["This is required."]}


@pytest.mark.parametrize("given", ["1e3", "1_000", "١٢", "1,5", "- 1", "1 000", ".", "NaN", "0x1F"])
def test_a_number_is_written_in_plain_digits(given: str, products: RecordType) -> None:
    assert _errors(products, price=given, currency="EUR") == {
        "price": ["This must be a number, written as 1234.50."]
    }


@pytest.mark.parametrize(
    ("given", "saved"),
    [
        ("18", "18.0000"),
        (18, "18.0000"),
        (0.1, "0.1000"),
        ("-0", "0.0000"),
        (Decimal("0E+20"), "0.0000"),
        (Decimal("1e3"), "1000.0000"),
        ("+1.", "1.0000"),
        (".5", "0.5000"),
        ("9999999999.9999", "9999999999.9999"),
    ],
)
def test_a_number_has_the_places_of_its_field(
    given: object, saved: str, products: RecordType
) -> None:
    cleaned = _cleaned(products, price=given, currency="EUR")

    assert str(cleaned.values["price"]) == saved


@pytest.mark.parametrize(
    "given",
    [
        "plenty",
        "1,5",
        "NaN",
        "sNaN",
        "Infinity",
        Decimal("NaN"),
        "0.00001",
        "10000000000",
        "1E+400",
        "1E-400",
        [],
        {"amount": 1},
        True,
    ],
)
def test_a_number_that_cannot_be_saved_is_refused(given: object, products: RecordType) -> None:
    assert list(_errors(products, price=given, currency="EUR")) == ["price"]


@pytest.mark.parametrize("given", [["Acme"], {"name": "Acme"}, True, b"Acme"])
def test_what_is_no_text_is_refused_as_text(given: object, customers: RecordType) -> None:
    assert list(_errors(customers, name=given)) == ["name"]


def test_a_number_is_taken_as_text(customers: RecordType) -> None:
    assert _cleaned(customers, number=4711).values == {"number": "4711"}


@pytest.mark.parametrize(
    ("field", "longest"), [("number", 50), ("name", 200), ("city", 100), ("notes", 5000)]
)
def test_a_text_that_is_too_long_is_refused(
    field: str, longest: int, customers: RecordType
) -> None:
    assert _cleaned(customers, **{field: "x" * longest}).values == {field: "x" * longest}
    assert list(_errors(customers, **{field: "x" * (longest + 1)})) == [field]


def test_a_choice_that_there_is_not_is_refused(customers: RecordType) -> None:
    assert list(_errors(customers, status="asleep")) == ["status"]


def test_every_error_is_named_at_once(customers: RecordType) -> None:
    found = _errors(customers, country="Atlantis", email="bob", name="", status="asleep")

    assert set(found) == {"country", "email", "name", "status"}


def test_fields_that_there_are_not_are_named(customers: RecordType) -> None:
    with pytest.raises(UnknownField) as refused:
        _cleaned(customers, colour="red", name="Acme", size=7)

    assert set(refused.value.errors) == {"colour", "size"}


def test_the_record_as_a_whole_is_checked(products: RecordType) -> None:
    assert _errors(products, price="5") == {"currency": ["A price needs a currency."]}


def test_the_record_as_a_whole_is_checked_with_what_is_there(products: RecordType) -> None:
    clean(products, {"price": "5"}, beside={"currency": "EUR"})

    with pytest.raises(RecordInvalid):
        clean(products, {"currency": ""}, beside={"price": Decimal(5), "currency": "EUR"})


def test_an_error_of_the_record_waits_for_those_of_the_fields(products: RecordType) -> None:
    assert list(_errors(products, price="5", gtin="1")) == ["gtin"]


def test_every_data_field_of_a_customer_can_be_cleaned(customers: RecordType) -> None:
    names = {field.name for field in Customer.data_fields()}

    assert names == set(Customer().values())
    assert "version" not in names
