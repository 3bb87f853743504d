"""One reason for all refused rows is said once."""

import pytest
from django.test import Client

from records.registry import RecordType
from tests.uploads.browsing import page
from tests.uploads.conftest import UploadFile
from uploads import same_reason

pytestmark = pytest.mark.django_db


def test_the_reason_of_all_rows_is_said_once_with_what_to_do(
    ursulas_browser: Client, checked: UploadFile, products: RecordType
) -> None:
    rows = "".join(f"P-{n},Shoe,{n}\n" for n in range(30))
    shown = page(ursulas_browser, checked("sku,name,price\n" + rows, record_type=products))
    assert "All 30 rows: currency: A price needs a currency. You can choose one value" in shown


def test_a_key_that_is_empty_in_every_row_asks_for_another_column(
    ursulas_browser: Client, checked: UploadFile
) -> None:
    shown = page(ursulas_browser, checked("Customer number,name\n,Acme\n,\n,Bottom\n"))
    assert "The column Customer number is empty in every row." in shown
    assert "Choose another column for the customer number" in shown


def test_the_reason_of_the_refused_rows_among_others_is_theirs_alone(
    ursulas_browser: Client, checked: UploadFile
) -> None:
    shown = page(ursulas_browser, checked("number,name\nC-1,Acme\nC-2,\nC-3,\n"))
    assert "All 2 refused rows: name: This is required." in shown


@pytest.mark.parametrize(
    "rows",
    [
        "C-1,\nC-2,Acme,x\n",
        "C-1,\n" * 40 + "C-2,Acme,x\n",  # beyond the first page
        "C-1,\n",  # one row says it itself
        ",\nC-2,\n",
    ],
)
def test_different_reasons_are_left_to_the_rows(
    ursulas_browser: Client, checked: UploadFile, rows: str
) -> None:
    upload = checked("number,name\n" + rows)
    assert upload.refused
    shown = page(ursulas_browser, upload)
    assert "rows: " not in shown
    assert "is empty in every row" not in shown


def test_of_very_many_rows_the_first_are_compared(
    ursulas_browser: Client, checked: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(same_reason, "MOST_COMPARED", 30)
    upload = checked("number,name\n" + "C-1,\n" * 31 + "C-2,Acme,x\n")
    assert "The first 30 refused rows: name: This is required." in page(ursulas_browser, upload)
