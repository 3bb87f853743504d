"""A remote system inside this process: for tests, and to try things without a network."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from outbox.connectors.base import Acknowledgement, Connector, Endpoint, Operation, Request
from outbox.connectors.errors import DeliveryError, OutcomeUnknown, Rejected


@dataclass(slots=True)
class MemoryRemote:
    """What one remote holds. `before` and `after` are hooks that tests raise failures from."""

    entities: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    #: Applied requests, in the order they were applied.
    applied: list[Request] = field(default_factory=list)
    #: Every request that arrived, applied or not.
    received: list[Request] = field(default_factory=list)
    replies: dict[str, tuple[str, Acknowledgement]] = field(default_factory=dict)
    before: Callable[[Request], None] = lambda request: None
    after: Callable[[Request], None] = lambda request: None
    reachable: Callable[[], None] = lambda: None
    lock: Lock = field(default_factory=Lock)


_remotes: dict[str, MemoryRemote] = defaultdict(MemoryRemote)


class MemoryConnector(Connector):
    """Applies each idempotency key once; refuses to create what exists or change what does not."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self.remote = self.remote_of(endpoint.name)

    @staticmethod
    def remote_of(destination: str) -> MemoryRemote:
        return _remotes[destination]

    @staticmethod
    def forget_all() -> None:
        _remotes.clear()

    def deliver(self, request: Request) -> Acknowledgement:
        self.remote.reachable()
        self.remote.before(request)
        with self.remote.lock:
            self.remote.received.append(request)
            acknowledgement = self._apply_once(request)
        try:
            self.remote.after(request)
        except DeliveryError:
            raise
        except Exception as error:
            raise OutcomeUnknown(f"The reply was lost: {error}") from error
        return acknowledgement

    def look_up(self, collection: str, key: str) -> Mapping[str, Any] | None:
        self.remote.reachable()
        return self.remote.entities.get((collection, key))

    def ping(self) -> None:
        self.remote.reachable()

    def _apply_once(self, request: Request) -> Acknowledgement:
        digest = hashlib.sha256(
            json.dumps([request.operation, request.key, request.payload], sort_keys=True).encode()
        ).hexdigest()
        if request.idempotency_key in self.remote.replies:
            seen, acknowledgement = self.remote.replies[request.idempotency_key]
            if seen != digest:
                raise Rejected("This idempotency key came with another request.", status=422)
            return acknowledgement
        acknowledgement = self._apply(request)
        self.remote.replies[request.idempotency_key] = (digest, acknowledgement)
        self.remote.applied.append(request)
        return acknowledgement

    def _apply(self, request: Request) -> Acknowledgement:
        place = (request.collection, request.key)
        held = self.remote.entities.get(place)
        if request.operation == Operation.DELETE:
            self.remote.entities.pop(place, None)
            return Acknowledgement(status=200 if held else 404)
        if request.operation == Operation.CREATE:
            if held is not None:
                raise Rejected(f"{request.key} exists already.", status=409, conflict=True)
            held = self.remote.entities[place] = {"id": f"M-{len(self.remote.applied) + 1}"}
        elif held is None:
            raise Rejected(f"There is no {request.key}.", status=404)
        for name, value in request.payload.items():
            if isinstance(value, Mapping) and isinstance(held.get(name), dict):
                held[name] = held[name] | value
            else:
                held[name] = value
        return Acknowledgement(status=200, external_id=held["id"], values=dict(held))
