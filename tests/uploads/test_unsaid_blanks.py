"""What other systems write for nothing is pointed out where nobody said that it means nothing."""

import pytest

from customers.models import Customer
from records.context import Source
from tests.real_data import real_data
from tests.uploads.conftest import UploadFile

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["NULL", "null", "\\N", "#N/A", "N/A", "n/a", " NULL "])
def test_a_cell_that_may_mean_nothing_is_kept_with_a_warning(
    applied: UploadFile, text: str
) -> None:
    upload = applied(f"number,name,city\nA,Alfreds,{text}\n")
    assert upload.warned == 1
    warning = upload.rows.get().warnings["city"]
    assert f"The file says {text.strip()}" in warning
    assert "Text that means empty" in warning
    assert Customer.objects.get().city == text.strip()


@pytest.mark.parametrize("name", ["Nullmeier", "NULL AG", "None", "na", ""])
def test_what_only_looks_like_it_is_not_pointed_out(checked: UploadFile, name: str) -> None:
    assert checked(f"number,name,city\nA,Alfreds,{name}\n").warned == 0


def test_where_it_was_said_nothing_is_pointed_out(checked: UploadFile) -> None:
    assert checked("number,name,city\nA,Alfreds,NULL\n", blank="NULL").warned == 0
    assert checked("number,name,city\nA,Alfreds,N/A\n", blank="NULL").warned == 0


def test_a_value_that_is_translated_is_not_pointed_out(checked: UploadFile) -> None:
    by_hand = {"city": {"NULL": "Nullingen"}}
    assert checked("number,name,city\nA,Alfreds,NULL\n", translations=by_hand).warned == 0


def test_columns_that_are_left_out_are_not_looked_at(checked: UploadFile) -> None:
    assert checked("number,name,Anything\nA,Alfreds,NULL\n").warned == 0


def test_northwind_says_null(checked: UploadFile) -> None:
    upload = checked(real_data("northwind/customers.csv").read_bytes())
    warnings = upload.rows.filter(warned=True).values_list("warnings", flat=True)
    told = ["The file says NULL" in str(found.get("region")) for found in warnings]
    assert (upload.new, told.count(True)) == (91, 60)


def test_the_command_says_how_to_say_so(checked: UploadFile) -> None:
    upload = checked("number,name,city\nA,Alfreds,NULL\n", source=Source.COMMAND)
    assert "with --blank." in upload.rows.get().warnings["city"]


def test_a_value_that_every_row_has_is_not_pointed_out(checked: UploadFile) -> None:
    upload = checked("number,name,city\nA,Alfreds,NULL\n", fixed={"city": "Bern"})
    assert upload.warned == 0
