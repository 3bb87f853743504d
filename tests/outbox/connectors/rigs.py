"""What a connector speaks to in the conformance suite, and the switches that make it fail."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import requests

from demo_remote.server import start
from outbox.connectors.base import Connector, Endpoint, Operation, Request
from outbox.connectors.errors import (
    DeliveryError,
    Failed,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from outbox.connectors.memory import MemoryConnector, MemoryRemote
from outbox.connectors.rest import RestConnector

#: What each switch of a remote makes of a request.
ERRORS: dict[str, DeliveryError] = {
    "down": Unavailable("Switched off."),
    "too_many": Unavailable("Too many.", retry_after=1.0),
    "unauthorized": Misconfigured("Who are you?", status=401),
    "server_error": Failed("Broken.", status=500),
    "reject": Rejected("No.", status=422),
    "lose_reply": OutcomeUnknown("No reply."),
    "rubbish": OutcomeUnknown("No reply."),
}
#: They strike after the request has been applied.
LATE = ("lose_reply", "rubbish")
#: Hooks of a remote that is well.
WELL = MemoryRemote()


class Rig(Protocol):
    @property
    def connector(self) -> Connector: ...

    def entities(self) -> dict[str, dict[str, Any]]: ...

    def effects(self) -> list[tuple[str, str]]:
        """(operation, key) of what was applied, in order."""

    def fail(self, fault: str | None, key: str | None = None) -> None:
        """Of the record `key` only, where it is given."""

    def forget(self) -> None:
        """Keep no idempotency keys from here on."""


class MemoryRig:
    def __init__(self) -> None:
        MemoryConnector.forget_all()
        self.connector = MemoryConnector(endpoint("memory://"))
        self._remote = MemoryConnector.remote_of("erp")

    def entities(self) -> dict[str, dict[str, Any]]:
        return {key: held for (_, key), held in self._remote.entities.items()}

    def effects(self) -> list[tuple[str, str]]:
        return [(request.operation.value, request.key) for request in self._remote.applied]

    def fail(self, fault: str | None, key: str | None = None) -> None:
        self._remote.reachable = WELL.reachable
        self._remote.before, self._remote.before_batch = WELL.before, WELL.before_batch
        self._remote.after, self._remote.after_batch = WELL.after, WELL.after_batch
        if fault is None:
            return
        error = ERRORS[fault]
        if key is not None:
            hook = "after" if fault in LATE else "before"
            setattr(self._remote, hook, raising(error, key=key))
        elif fault in ("down", "too_many", "unauthorized"):
            self._remote.reachable = raising(error)
        elif fault in LATE:
            self._remote.after = self._remote.after_batch = raising(error)
        else:
            self._remote.before = self._remote.before_batch = raising(error)

    def forget(self) -> None:
        self._remote.forgetful = True


class RestRig:
    def __init__(self, url: str) -> None:
        self._url = url
        self.connector = RestConnector(endpoint(f"{url}/api"))

    def entities(self) -> dict[str, dict[str, Any]]:
        return {entity["customer_no"]: entity for entity in self._items("customers")}

    def effects(self) -> list[tuple[str, str]]:
        return [(row["operation"], row["key"]) for row in self._items("ledger")]

    def fail(self, fault: str | None, key: str | None = None) -> None:
        self._switch({fault: True, "key": key} if fault else {})

    def forget(self) -> None:
        self._switch({"forgetful": True})

    def _switch(self, faults: dict[str, Any]) -> None:
        requests.put(f"{self._url}/control/faults", json=faults, timeout=5).raise_for_status()

    def _items(self, path: str) -> list[dict[str, Any]]:
        reply = requests.get(
            f"{self._url}/api/{path}", headers={"Authorization": "Bearer secret"}, timeout=5
        )
        items: list[dict[str, Any]] = reply.json()["items"]
        return items


@contextmanager
def memory_rig(folder: Path) -> Iterator[Rig]:
    yield MemoryRig()


@contextmanager
def rest_rig(folder: Path) -> Iterator[Rig]:
    with start(folder / "remote.sqlite3", "secret") as remote:
        rig = RestRig(remote.url)
        yield rig
        rig.connector.close()


RIGS = {"memory": memory_rig, "rest": rest_rig}


def endpoint(url: str, *, deadline: float = 2.0, idempotent: bool = True) -> Endpoint:
    return Endpoint(
        name="erp",
        url=url,
        token="secret",
        deadline=deadline,
        concurrency=4,
        idempotent=idempotent,
    )


def request(operation: str, key: str = "ALFKI", **values: Any) -> Request:
    """`sequence` and `idempotency_key` may be given; other values are the payload."""
    sequence = values.pop("sequence", 1)
    idempotency_key = values.pop("idempotency_key", f"{operation}-{key.encode().hex()}-{sequence}")
    if operation == "create":
        values["customer_no"] = key
    return Request(
        operation=Operation(operation),
        collection="customers",
        key=key,
        key_field="customer_no",
        external_id="",
        idempotency_key=idempotency_key,
        sequence=sequence,
        payload=values,
    )


def raising(error: Exception, *, key: str | None = None) -> Any:
    """A hook that fails, for one key only where it is given."""

    def raises(*arguments: Any) -> None:
        if key is None or arguments[0].key == key:
            raise error

    return raises
