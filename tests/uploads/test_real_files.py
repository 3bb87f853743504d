"""Files as other systems write them, checked as they are."""

import pytest

from records.registry import RecordType
from tests.real_data import real_data
from tests.uploads.conftest import UploadFile, problems, verdicts

pytestmark = pytest.mark.django_db


def test_northwind(checked: UploadFile) -> None:
    upload = checked(real_data("northwind/customers.csv").read_bytes(), blank="NULL")
    assert (upload.new, upload.refused) == (91, 0)


def test_a_shop_with_passwords_in_its_file(checked: UploadFile) -> None:
    upload = checked(real_data("shopware/customers_profile.csv").read_bytes())
    assert upload.delimiter == ";"
    assert upload.columns[upload.header.index("password")] is None
    assert upload.row_count == 74
    assert "a256a310bc1e5db755fd392c524028a8" not in str(list(upload.rows.values("cells")))


def test_a_shop_whose_rows_have_no_key(checked: UploadFile, products: RecordType) -> None:
    upload = checked(real_data("shopify/apparel.csv").read_bytes(), record_type=products)
    assert set(verdicts(upload)) == {"refused"}
    assert all("This is required." in found["sku"] for found in problems(upload).values())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing-closing-quote", "starts in line 2 has a quotation mark"),
        ("duplicate-headers", "Two columns of the file are called Email"),
    ],
)
def test_files_that_are_refused(checked: UploadFile, name: str, said: str) -> None:
    assert said in checked(real_data(f"datablist/broken_csv/{name}.csv").read_bytes()).reason


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("broken-encoding-windows-1252", ["new", "new"]),
        ("bom-and-whitespace-headers", ["new", "new"]),
        ("wrong-delimiter-semicolon", ["new", "new"]),
        ("ragged-rows-extra-columns", ["new", "refused"]),
    ],
)
def test_files_that_are_read_all_the_same(
    checked: UploadFile, name: str, expected: list[str]
) -> None:
    upload = checked(real_data(f"datablist/broken_csv/{name}.csv").read_bytes())
    assert verdicts(upload) == expected
