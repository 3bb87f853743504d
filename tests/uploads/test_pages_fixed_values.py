"""Values for every row, chosen on the page of an upload."""

from typing import Any

import pytest
from django.test import Client

from products.models import Product
from records.registry import RecordType
from tests.uploads.browsing import page, post, reading
from tests.uploads.conftest import UploadFile, worked_on
from uploads.deciding import confirm
from uploads.models import State, Upload

pytestmark = pytest.mark.django_db

PRICES = "sku,name,price\nP-1,Shoe,12.50\nP-2,Boot,20\n"


@pytest.fixture
def prices(checked: UploadFile, products: RecordType) -> Upload:
    return checked(PRICES, record_type=products)


def test_prices_without_a_currency_get_one_for_every_row(
    ursulas_browser: Client, prices: Upload
) -> None:
    assert prices.refused == 2
    post(ursulas_browser, "check", prices, **reading(prices, fixed_currency="EUR"))
    assert worked_on(prices).new == 2
    assert "The same in every row: currency EUR." in page(ursulas_browser, prices)
    confirm(prices, check_number=prices.check_number)
    worked_on(prices)
    assert set(Product.objects.values_list("currency", flat=True)) == {"EUR"}


def test_a_value_for_every_row_can_be_taken_back(ursulas_browser: Client, prices: Upload) -> None:
    post(ursulas_browser, "check", prices, **reading(prices, fixed_currency="EUR"))
    worked_on(prices)
    shown = page(ursulas_browser, prices)
    assert '<option value="EUR" selected>' in shown
    post(ursulas_browser, "check", prices, **reading(prices, fixed_currency=""))
    assert worked_on(prices).fixed == {}
    assert prices.refused == 2


def test_only_lists_that_no_column_is_are_offered(
    ursulas_browser: Client, checked: UploadFile
) -> None:
    shown = page(ursulas_browser, checked("number,name,country\nC-1,Acme,DE\n"))
    assert 'name="fixed_status"' in shown
    assert 'name="fixed_currency"' in shown
    assert 'name="fixed_country"' not in shown
    assert 'name="fixed_city"' not in shown


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"column_3": "currency", "fixed_currency": "EUR"},
            "The currency cannot be both the column Cur and the same in every row.",
        ),
        ({"fixed_currency": "XXQ"}, "not one of the available choices"),
    ],
)
def test_values_that_cannot_be_are_refused_at_once(
    ursulas_browser: Client,
    checked: UploadFile,
    products: RecordType,
    changed: dict[str, Any],
    said: str,
) -> None:
    upload = checked("sku,name,price,Cur\nP-1,Shoe,1,EUR\n", record_type=products)
    assert upload.columns[3] is None
    answer = post(ursulas_browser, "check", upload, **reading(upload, **changed))
    assert said in answer.content.decode()
    upload.refresh_from_db()
    assert (upload.state, upload.check_number, upload.fixed) == (State.READY, 1, {})


def test_values_that_a_command_gave_stay_until_they_are_taken_back(
    ursulas_browser: Client, checked: UploadFile
) -> None:
    fixed = {"city": "Bern", "currency": "chf", "notes": ""}
    upload = checked("Handle,name\nC-1,Acme\n", fixed=fixed)
    assert '<option value="Bern" selected>' in page(ursulas_browser, upload)
    post(ursulas_browser, "check", upload, **reading(upload, column_0="number"))
    assert worked_on(upload).fixed == fixed
    post(ursulas_browser, "check", upload, **reading(upload, fixed_city=""))
    assert worked_on(upload).fixed == {"currency": "chf", "notes": ""}
