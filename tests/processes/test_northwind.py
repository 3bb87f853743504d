"""The Northwind customers and products, as published, all the way to the remote."""

from pathlib import Path

import pytest
from django.core.management import call_command

from customers.models import Customer
from outbox.models import Message, State
from products.models import Product
from tests.processes.ledger import all_is_quiet, assert_all_arrived
from tests.processes.stack import RemoteProcess, WorkerProcess, wait_until
from tests.real_data import real_data


@pytest.fixture
def northwind() -> Path:
    return real_data("northwind")


def load(northwind: Path) -> None:
    call_command(
        "import_csv",
        "customer",
        northwind / "customers.csv",
        blank="NULL",
        column=[
            "customerID=number",
            "companyName=name",
            "contactName=contact_person",
            "address=street",
            "postalCode=postal_code",
        ],
    )
    call_command(
        "import_csv",
        "product",
        northwind / "products.csv",
        column=[
            "productID=sku",
            "productName=name",
            "quantityPerUnit=unit",
            "unitPrice=price",
            "discontinued=status",
        ],
        value=["status:0=active", "status:1=discontinued"],
        set=["currency=USD"],
    )


def test_northwind_is_delivered_and_equal_field_by_field(
    worker: WorkerProcess, remote: RemoteProcess, northwind: Path
) -> None:
    load(northwind)
    assert Customer.objects.count() == 91
    assert Product.objects.count() == 77
    wait_until(all_is_quiet, seconds=60, what="all is delivered")
    assert Message.objects.filter(state=State.DELIVERED).count() == 168
    assert_all_arrived(remote)
    alfki = remote.entities("customers", "customer_no")["ALFKI"]
    assert alfki["display_name"] == "Alfreds Futterkiste"
    assert alfki["phone"] == "+49300074321"
    assert alfki["address"] == {
        "street": "Obere Str. 57",
        "city": "Berlin",
        "region": "",
        "postal_code": "12209",
        "country": "DE",
    }
    chai = remote.entities("products", "item_no")["1"]
    assert (chai["title"], chai["list_price"], chai["state"]) == ("Chai", "18.0000", "A")


def test_what_the_remote_keeps_comes_back(
    worker: WorkerProcess, remote: RemoteProcess, northwind: Path
) -> None:
    load(northwind)
    wait_until(
        lambda: not Customer.objects.filter(credit_limit=None).exists(),
        seconds=60,
        what="all credit limits are known here",
    )
    assert str(Customer.objects.get(number="ALFKI").credit_limit) == "5000.00"


def test_loading_it_again_changes_nothing_and_sends_nothing(
    transactional_db: None, northwind: Path
) -> None:
    load(northwind)
    load(northwind)
    assert Message.objects.count() == 168
