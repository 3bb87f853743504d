"""A person's browser without a screen: logs in, fills in forms, follows redirects."""

from html.parser import HTMLParser
from typing import Any

import requests


class Staff:
    def __init__(self, address: str, name: str, password: str) -> None:
        self.address = address
        self.session = requests.Session()
        self.submit("/accounts/login/", username=name, password=password)

    def get(self, path: str) -> requests.Response:
        reply = self.session.get(self.address + path, timeout=30)
        reply.raise_for_status()
        return reply

    def form_of(self, page: str) -> dict[str, str]:
        """The fields of a page's forms, with the values that stand in them."""
        found = _Fields()
        found.feed(self.get(page).text)
        return found.values

    def send(self, page: str, values: dict[str, str], *, files: Any = None) -> requests.Response:
        """Send a form to `page`."""
        reply = self.session.post(
            self.address + page,
            data=values,
            files=files,
            headers={"Referer": self.address + page},
            timeout=60,
        )
        reply.raise_for_status()
        return reply

    def submit(
        self, page: str, *, to: str | None = None, files: Any = None, **values: str
    ) -> requests.Response:
        """Fill in the form of a page and send it, to another address where it says so."""
        return self.send(to or page, self.form_of(page) | values, files=files)


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._open = ""  # the select or textarea that we are in

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "input" and name and given.get("type") not in ("file", "submit"):
            self.values[name] = given.get("value", "")
        elif tag in ("select", "textarea") and name:
            self._open = name
            self.values[name] = ""
        elif tag == "option" and self._open and "selected" in given:
            self.values[self._open] = given["value"]

    def handle_data(self, data: str) -> None:
        if (
            self._open
            and self.get_starttag_text()
            and "<textarea" in (self.get_starttag_text() or "")
        ):
            self.values[self._open] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._open = ""
