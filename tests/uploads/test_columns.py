"""Columns: which is which field."""

import pytest

from records.registry import RecordType
from tests.uploads.conftest import UploadFile
from uploads.columns import check_columns, match_columns, require_key
from uploads.errors import UnusableFile
from uploads.passwords import is_withheld

NORTHWIND = [
    *("customerID", "companyName", "contactName"),
    *("address", "postalCode", "country"),
]
SHOPWARE = [
    *("customernumber", "email", "password", "billing_company", "billing_firstname"),
    *("billing_lastname", "billing_zipcode", "shipping_company", "phone"),
]


@pytest.mark.parametrize(
    "name", ["postal_code", "Postal Code", "POSTAL-CODE", "postalCode", "Zip", "postcode", "PLZ"]
)
def test_a_column_is_found_by_any_of_its_names(customers: RecordType, name: str) -> None:
    assert match_columns(customers, ["Customer number", name]) == ["number", "postal_code"]


def test_the_sample_of_a_hundred_thousand_customers_matches_by_itself(
    customers: RecordType,
) -> None:
    header = [
        *("Index", "Customer Id", "First Name", "Last Name", "Company", "City", "Country"),
        *("Phone 1", "Phone 2", "Email", "Subscription Date", "Website"),
    ]
    fields = [None, "number", "contact_person", "contact_person", "name", "city", "country"]
    assert match_columns(customers, header) == [*fields, "phone", None, "email", None, None]


def test_the_columns_of_other_systems_match(customers: RecordType) -> None:
    fields = ["number", "name", "contact_person", "street", "postal_code", "country"]
    assert match_columns(customers, NORTHWIND) == fields
    assert match_columns(customers, SHOPWARE) == [
        *("number", "email", None, "name", "contact_person"),
        *("contact_person", "postal_code", None, "phone"),
    ]


def test_a_field_takes_the_first_of_its_names_only(customers: RecordType) -> None:
    assert match_columns(customers, ["company", "name", "number", "id"]) == [
        *(None, "name", "number", None)
    ]


def test_one_of_two_columns_that_belong_together_is_enough(customers: RecordType) -> None:
    assert match_columns(customers, ["number", "Last Name"]) == ["number", "contact_person"]


def test_what_the_remote_decides_is_left_out(customers: RecordType) -> None:
    assert match_columns(customers, ["number", "credit_limit"]) == ["number", None]
    with pytest.raises(UnusableFile, match="kept by the ERP"):
        check_columns(customers, ["number", "limit"], ["number", "credit_limit"])


@pytest.mark.parametrize("field", ["number", "status"])
def test_two_columns_of_a_field_that_is_no_text_are_refused(
    customers: RecordType, field: str
) -> None:
    with pytest.raises(UnusableFile, match="one and two cannot both be"):
        check_columns(customers, ["one", "two"], [field, field])


def test_a_file_without_the_key_is_refused(customers: RecordType) -> None:
    with pytest.raises(UnusableFile, match="No column of the file is the customer number"):
        require_key(customers, ["name"], ["name"], {})
    require_key(customers, ["name"], ["name"], {"number": "C-1"})


@pytest.mark.django_db
def test_columns_of_one_text_are_joined_and_empty_ones_leave_no_blank(checked: UploadFile) -> None:
    upload = checked("number,name,First Name,Last Name\nA,Alfreds,Maria,Anders\nB,Bo, ,Berg\n")
    people = [row.changes["contact_person"][1] for row in upload.rows.order_by("number")]
    assert people == ["Maria Anders", "Berg"]


@pytest.mark.parametrize(
    "name",
    [
        *("password", "Password Hash", "PASSWORD_HASH", "user_pass", "Pass", "pwd", "userPwd"),
        *("Passwort", "Kennwort", "mot de passe", "Contraseña", "passphrase", "client_secret"),
        *("Meine Passwörter", "userPass", "passwd", "Wachtwoord", "Senha", "Parola"),
    ],
)
def test_columns_of_passwords_are_known_by_their_names(name: str) -> None:
    assert is_withheld(name)


@pytest.mark.parametrize(
    "name", ["passport", "Passport number", "passenger", "bypass", "Compass", "secretary", "name"]
)
def test_columns_of_other_things_are_kept(name: str) -> None:
    assert not is_withheld(name)


@pytest.mark.django_db
def test_passwords_are_not_kept_with_the_upload_either(checked: UploadFile) -> None:
    upload = checked("number,User Password,name\nA,hunter2,Alfreds\nB,hunter2,b,hunter2\n")
    assert upload.new == 1
    assert "hunter2" not in str(list(upload.rows.values()))
    with pytest.raises(UnusableFile, match="holds passwords"):
        check_columns(upload.kind, upload.header, ["number", "notes", "name"])
