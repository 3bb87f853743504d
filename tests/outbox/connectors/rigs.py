"""What a connector speaks to in the conformance suite, and the switches that make it fail."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import requests

from demo_remote.server import start
from outbox.connectors.base import Connector, Endpoint, Operation, Request
from outbox.connectors.errors import Failed, Misconfigured, OutcomeUnknown, Rejected, Unavailable
from outbox.connectors.memory import MemoryConnector
from outbox.connectors.rest import RestConnector

FAULTS = ("down", "too_many", "unauthorized", "server_error", "reject", "lose_reply", "rubbish")


class Rig(Protocol):
    @property
    def connector(self) -> Connector: ...

    def entities(self) -> dict[str, dict[str, Any]]: ...

    def effects(self) -> list[tuple[str, str]]:
        """(operation, key) of what was applied, in order."""

    def fail(self, fault: str | None) -> None: ...


class MemoryRig:
    def __init__(self) -> None:
        MemoryConnector.forget_all()
        self.connector = MemoryConnector(endpoint("memory://"))
        self._remote = MemoryConnector.remote_of("erp")

    def entities(self) -> dict[str, dict[str, Any]]:
        return {key: held for (_, key), held in self._remote.entities.items()}

    def effects(self) -> list[tuple[str, str]]:
        return [(request.operation.value, request.key) for request in self._remote.applied]

    def fail(self, fault: str | None) -> None:
        nothing = MemoryConnector.remote_of("never used")
        self._remote.reachable = nothing.reachable
        self._remote.before = nothing.before
        self._remote.after = nothing.after
        if fault == "down":
            self._remote.reachable = raising(Unavailable("Switched off."))
        elif fault == "too_many":
            self._remote.reachable = raising(Unavailable("Too many.", retry_after=1.0))
        elif fault == "unauthorized":
            self._remote.reachable = raising(Misconfigured("Who are you?", status=401))
        elif fault == "server_error":
            self._remote.before = raising(Failed("Broken.", status=500))
        elif fault == "reject":
            self._remote.before = raising(Rejected("No.", status=422))
        elif fault in ("lose_reply", "rubbish"):
            self._remote.after = raising(OutcomeUnknown("No reply."))


class RestRig:
    def __init__(self, url: str) -> None:
        self._url = url
        self.connector = RestConnector(endpoint(f"{url}/api"))

    def entities(self) -> dict[str, dict[str, Any]]:
        return {entity["customer_no"]: entity for entity in self._items("customers")}

    def effects(self) -> list[tuple[str, str]]:
        return [(row["operation"], row["key"]) for row in self._items("ledger")]

    def fail(self, fault: str | None) -> None:
        faults = {fault: True} if fault else {}
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


def endpoint(url: str, *, deadline: float = 2.0) -> Endpoint:
    return Endpoint(name="erp", url=url, token="secret", deadline=deadline, concurrency=4)


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


def raising(error: Exception) -> Any:
    def raises(*_: object) -> None:
        raise error

    return raises
