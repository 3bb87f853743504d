"""A sender's side of the remote, as the tests use it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

TOKEN = "demo-token"
ALICE = {"customer_no": "ALICE", "display_name": "Alice's Bakery"}


@dataclass(frozen=True)
class Client:
    """Every call is one request on a kept-alive connection; none raises for a status."""

    url: str
    session: requests.Session = field(default_factory=requests.Session)

    def create(self, members: dict[str, Any], **headers: Any) -> requests.Response:
        return self.send("POST", "/api/customers", json=members, **headers)

    def update(self, key: str, members: dict[str, Any], **headers: Any) -> requests.Response:
        return self.send("PATCH", path_of(key), json=members, **headers)

    def delete(self, key: str, **headers: Any) -> requests.Response:
        return self.send("DELETE", path_of(key), **headers)

    def batch(self, *items: dict[str, Any]) -> requests.Response:
        return self.send("POST", "/api/batch", json={"items": items})

    def get(self, path: str) -> requests.Response:
        return self.send("GET", path)

    def show(self, key: str) -> requests.Response:
        return self.get(path_of(key))

    def ledger(self) -> list[dict[str, Any]]:
        return list(self.get("/api/ledger").json()["items"])

    def send(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        data: bytes | Iterable[bytes] | None = None,
        idempotency_key: str | None = None,
        sequence: object = None,
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        if sequence is not None:
            headers["Outbox-Sequence"] = str(sequence)
        return self.session.request(
            method, self.url + path, json=json, data=data, headers=headers, timeout=10
        )

    def put(self, path: str, members: object, **headers: str) -> requests.Response:
        """To the control plane, without a token."""
        return self.session.put(f"{self.url}/control/{path}", json=members, headers=headers)

    def switch(self, **faults: object) -> None:
        assert self.put("faults", faults).status_code == 200

    def switched(self) -> dict[str, Any]:
        return dict(self.session.get(f"{self.url}/control/faults").json())


def path_of(key: str) -> str:
    return f"/api/customers/{quote(key, safe='')}"
