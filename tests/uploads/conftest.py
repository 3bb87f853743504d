"""Fixtures of the uploads room: a person who may upload, a file that was uploaded, work done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from records.actions import create_record
from records.context import EditContext
from records.models import Record
from records.registry import RecordType
from tests.people import browser_of, person
from uploads.deciding import confirm
from uploads.models import Upload
from uploads.receiving import check_in_background, receive
from uploads.tasks import work

#: Turns that any upload of a test is through with.
MANY_TURNS = 20

UploadFile = Callable[..., Upload]


@pytest.fixture
def ursula(db: None) -> User:
    """She may upload."""
    return person("ursula", "uploader")


@pytest.fixture
def ursulas_browser(ursula: User) -> Client:
    return browser_of(ursula)


@pytest.fixture
def viewers_browser(db: None) -> Client:
    return browser_of(person("carol", "viewer"))


@pytest.fixture
def received(customers: RecordType, ursula: User) -> UploadFile:
    """An upload of customers, whose file is here and not yet read."""

    def received(data: bytes | str, **how_to_read: Any) -> Upload:
        raw = data.encode() if isinstance(data, str) else data
        given: dict[str, Any] = {"file_name": "customers.csv", "record_type": customers}
        given |= {"actor": "ursula", "uploaded_by": ursula} | how_to_read
        upload = receive(given.pop("record_type"), [raw], **given)
        check_in_background(upload)
        return upload

    return received


@pytest.fixture
def checked(received: UploadFile) -> UploadFile:
    """The same, as a worker has checked it."""
    return lambda data, **how_to_read: worked_on(received(data, **how_to_read))


@pytest.fixture
def applied(checked: UploadFile) -> UploadFile:
    """The same, confirmed and saved."""

    def applied(data: bytes | str, **how_to_read: Any) -> Upload:
        upload = checked(data, **how_to_read)
        assert confirm(upload, check_number=upload.check_number)
        return worked_on(upload)

    return applied


def worked_on(upload: Upload) -> Upload:
    """Until it ends, or somebody has to decide."""
    upload.refresh_from_db()
    for _ in range(MANY_TURNS):
        if not upload.is_active:
            return upload
        work(upload.pk)
        upload.refresh_from_db()
    raise AssertionError(f"{upload} is still {upload.state}")


@pytest.fixture
def acme(db: None, customers: RecordType, alice: EditContext) -> Record:
    """Customer C-1, as Alice created it."""
    values = {"number": "C-1", "name": "Acme", "city": "Berlin"}
    return create_record(customers, values, context=alice).record


def problems(upload: Upload) -> dict[int, dict[str, list[str]]]:
    """Line → what is wrong with it."""
    return dict(upload.rows.exclude(problems={}).order_by("number").values_list("line", "problems"))


def verdicts(upload: Upload) -> list[str]:
    return list(upload.rows.order_by("number").values_list("verdict", flat=True))


@pytest.fixture
def customers_file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "customers.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write
