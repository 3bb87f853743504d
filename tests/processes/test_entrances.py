"""Every entrance leads through the same door: the same edit leaves the same behind, everywhere."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import global_settings
from django.conf import settings as django_settings
from django.contrib.auth.models import User

from accounts.models import ApiToken
from customers.models import Customer
from outbox.models import Attempt, Message, Outcome
from records.context import Source
from records.models import Change
from tests.people import person
from tests.processes.ledger import all_is_quiet, judge
from tests.processes.stack import RemoteProcess, WorkerProcess, running_web, wait_until
from tests.processes.staff import Staff
from uploads.models import State as UploadState
from uploads.models import Upload

NEW = {
    "name": "Alfreds Futterkiste",
    "contact_person": "Maria Anders",
    "email": "maria@EXAMPLE.com",
    "country": "DE",
    "phone": "030-0074321",
    "postal_code": "012 09",
}
CHANGED = NEW | {"contact_person": "Hanna Moos", "phone": "0621-08460", "city": "Mannheim"}


@pytest.fixture
def alice_user(transactional_db: None, settings: Any) -> User:
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS  # those of the web process
    return person("alice", "editor", "uploader", password="demo-alice")


@pytest.fixture
def web(stack: dict[str, str]) -> Iterator[str]:
    with running_web(stack) as address:
        yield address


@pytest.fixture
def staff(web: str, alice_user: User) -> Staff:
    return Staff(web, "alice", "demo-alice")


def _by_form(staff: Staff, values: dict[str, str]) -> None:
    known = Customer.objects.filter(number="FORM").first()
    if known is None:
        staff.submit("/customers/new/", number="FORM", **values)
    else:
        staff.submit(f"/customers/{known.pk}/edit/", **values)


def _by_api(web: str, token: str, values: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    address = f"{web}/api/v1/customers/API"
    known = requests.get(address, headers=headers, timeout=30)
    if known.status_code == 404:
        reply = requests.put(address, json=values, headers=headers, timeout=30)
        assert reply.status_code == 201, reply.text
    else:
        headers["If-Match"] = known.headers["ETag"]
        reply = requests.patch(address, json=values, headers=headers, timeout=30)
        assert reply.status_code == 200, reply.text
    assert reply.json()["sync"]["status"] in ("sending", "in_sync")


def _file(number: str, values: dict[str, str]) -> str:
    cells = {"customer number": number} | values
    return ",".join(cells) + "\r\n" + ",".join(cells.values()) + "\r\n"


def _by_csv(staff: Staff, values: dict[str, str]) -> None:
    file = ("alfreds.csv", _file("CSV", values))
    staff.submit("/uploads/new/", record_type="customer", files={"file": file})
    upload = Upload.objects.latest("pk")
    _wait_for(upload, UploadState.READY)
    assert not Change.objects.filter(reference=f"{upload} line 2").exists()  # a mere preview
    staff.send(
        f"/uploads/{upload.pk}/confirm/",
        {
            "check_number": str(upload.check_number),
            "csrfmiddlewaretoken": staff.session.cookies["csrftoken"],
        },
    )
    _wait_for(upload, UploadState.DONE)


def _wait_for(upload: Upload, state: UploadState) -> None:
    def reached() -> bool:
        upload.refresh_from_db()
        return bool(upload.state == state)

    wait_until(reached, seconds=30, what=f"the upload is {state}")


def _by_command(stack: dict[str, str], folder: Path, values: dict[str, str]) -> None:
    path = folder / "alfreds.csv"
    path.write_text(_file("COMMAND", values))
    command = [sys.executable, "manage.py", "import_csv", "customer", str(path)]
    subprocess.run(command, env=stack, cwd=django_settings.BASE_DIR, check=True, timeout=60)


def _left_behind(number: str) -> dict[str, Any]:
    """Change log, messages and record, without what tells who, when and which."""
    changes = Change.objects.filter(key=number).order_by("version")
    messages = Message.objects.filter(lane__key=number).order_by("sequence")
    left = {
        "log": list(changes.values("record_type", "version", "kind", "changes")),
        "messages": list(
            messages.values(
                *("sequence", "operation", "record_version", "changes", "collection", "key_field"),
                *("payload", "mapping_version", "state", "delivery_number", "attempts"),
            )
        ),
        "record": Customer.objects.get(number=number).values(),
    }
    return dict(_without_key(left, number))


def _without_key(value: Any, number: str) -> Any:
    if isinstance(value, dict):
        return {name: _without_key(member, number) for name, member in value.items()}
    if isinstance(value, list):
        return [_without_key(member, number) for member in value]
    return "the key" if value == number else value


@pytest.mark.timeout(180)
def test_the_same_edit_by_form_api_csv_and_command_leaves_the_same_behind(
    stack: dict[str, str],
    worker: WorkerProcess,
    web: str,
    staff: Staff,
    alice_user: User,
    remote: RemoteProcess,
    tmp_path: Path,
) -> None:
    _, token = ApiToken.objects.create(user=alice_user, name="shop", expiry=timedelta(days=1))  # type: ignore[no-untyped-call]
    for values in (NEW, CHANGED):
        _by_form(staff, values)
        _by_api(web, token, values)
        _by_csv(staff, values)
        _by_command(stack, tmp_path, values)
        wait_until(all_is_quiet, seconds=30, what="all is delivered")

    by_form = _left_behind("FORM")
    assert [change["kind"] for change in by_form["log"]] == ["create", "update", "update"]
    assert [message["operation"] for message in by_form["messages"]] == ["create", "update"]
    assert by_form["record"]["phone"] == "+4962108460"
    for number in ("API", "CSV", "COMMAND"):
        assert _left_behind(number) == by_form

    theirs = remote.entities("customers", "customer_no")
    told = {
        number: _without_key(
            {name: value for name, value in entity.items() if name not in ("id", "updated_at")},
            number,
        )
        for number, entity in theirs.items()
    }
    assert told["API"] == told["CSV"] == told["COMMAND"] == told["FORM"]
    assert not judge(remote)
    assert not Attempt.objects.filter(outcome=Outcome.UNKNOWN).exists()  # nobody was killed

    ours = Change.objects.exclude(source=Source.INBOUND)
    assert set(ours.values_list("key", "source", "actor")) == {
        ("FORM", "form", "alice"),
        ("API", "api", "alice"),
        ("CSV", "csv", "alice"),
        ("COMMAND", "command", "import_csv"),
    }
