"""The other entrances: the REST API, the pages' forms, and files."""

import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests
from django.core.management import call_command

from customers.models import Customer
from records.registry import record_type
from tests.processes.staff import Staff
from tests.soak.edits import Chance
from tests.soak.journal import Journal, Told
from tests.soak.plan import KEYS, key_name

logger = logging.getLogger(__name__)

SECONDS = 60.0  # that an answer may take
ROWS = 60  # of a file

#: What a client sees of pages that are away.
AWAY = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,  # a process was killed while it answered
)


class ApiClient:
    """Puts, changes and deletes customers and products."""

    def __init__(self, address: str, token: str, chance: Chance, journal: Journal) -> None:
        self._address, self._chance, self._journal = address, chance, journal
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def act(self) -> None:
        kind = self._chance.kind()
        key = self._chance.key(kind)
        place = f"{self._address}/api/v1/{kind.name}s/{key}"
        known = self._session.get(place, timeout=SECONDS)
        if known.status_code in (404, 410):
            values = self._chance.whole(kind, key)
            del values[kind.key_field]
            reply = self._send("PUT", place, values)
        elif not known.ok:
            reply = known
        elif self._chance.rng.random() < 0.15:
            reply = self._send("DELETE", place, if_match=known.headers["ETag"])
        else:
            values = self._chance.values(kind)
            reply = self._send("PATCH", place, values, if_match=known.headers["ETag"])
        self._note(reply)

    def _send(
        self, method: str, place: str, values: Mapping[str, Any] | None = None, if_match: str = ""
    ) -> requests.Response:
        headers = {"If-Match": if_match} if if_match else {}
        return self._session.request(method, place, json=values, headers=headers, timeout=SECONDS)

    def _note(self, reply: requests.Response) -> None:
        if not reply.ok:
            self._journal.note(_refused(reply))
        elif reply.content:
            self._journal.note(Told.SENDING, reply.json()["sync"]["messages"])


class FormFiller:
    """Opens the page of a customer and changes it, as a person does."""

    def __init__(
        self, address: str, login: tuple[str, str], chance: Chance, journal: Journal
    ) -> None:
        self._address, self._login = address, login
        self._chance, self._journal = chance, journal
        self._staff: Staff | None = None

    def act(self) -> None:
        try:
            self._staff = self._staff or Staff(self._address, *self._login)
            self._save(self._staff)
        except requests.HTTPError as error:
            self._journal.note(_refused(error.response))

    def _save(self, staff: Staff) -> None:
        kind = record_type("customer")
        key = self._chance.key(kind)
        there = Customer.objects.filter(number=key).first()
        if there is None:
            staff.submit("/customers/new/", **self._chance.whole(kind, key))
        else:
            staff.submit(f"/customers/{there.pk}/edit/", **self._chance.values(kind))


class FileSender:
    """Saves a file of customers and one of products, as `import_csv` does."""

    def __init__(self, chance: Chance, journal: Journal) -> None:
        self._chance, self._journal = chance, journal

    def act(self) -> None:
        kind = self._chance.kind()
        keys = {key_name(self._chance.rng.randrange(KEYS[kind.name])) for _ in range(ROWS)}
        field = "city" if kind.name == "customer" else "category"
        lines = [f"{kind.key_field},name,{field}"]
        lines += [f"{key},{self._chance.text()},{self._chance.text()}" for key in sorted(keys)]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "soak.csv"
            path.write_text("\r\n".join(lines))
            try:
                call_command("import_csv", kind.name, path, verbosity=0)
            except SystemExit:
                self._journal.note(Told.REFUSED)  # some rows: edited just now, most likely
        self._journal.note(Told.UPLOADED)


def _refused(reply: requests.Response) -> Told:
    if reply.status_code < 500:
        return Told.REFUSED
    # What fails in a middleware is Django's own page here, where DEBUG is on.
    if reply.status_code == 503 or "<title>OperationalError" in reply.text:
        return Told.FAILED
    logger.error("%s %s: %s", reply.status_code, reply.url, reply.text[:500])
    return Told.BROKEN
