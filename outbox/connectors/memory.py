"""A remote system inside this process: for tests, and to try things without a network."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, ClassVar

from outbox.connectors.base import Acknowledgement, Connector, Endpoint, Operation, Request
from outbox.connectors.errors import DeliveryError, OutcomeUnknown, Rejected


@dataclass(slots=True)
class MemoryRemote:
    """What one remote holds, and hooks that tests raise failures from.

    `before` and `after` are called for each request, whether it comes alone or in a batch. In a
    batch, a DeliveryError of theirs is the outcome of that item.
    """

    entities: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    #: Every effect, in the order they came about.
    applied: list[Request] = field(default_factory=list)
    #: Every request that arrived, applied or not, alone or in a batch.
    received: list[Request] = field(default_factory=list)
    #: Every batch that arrived, taken or not.
    batches: list[list[Request]] = field(default_factory=list)
    replies: dict[str, tuple[str, Acknowledgement]] = field(default_factory=dict)
    #: Keeps no idempotency keys: a request that comes twice is applied twice.
    forgetful: bool = False
    before: Callable[[Request], None] = lambda request: None
    after: Callable[[Request], None] = lambda request: None
    before_batch: Callable[[Sequence[Request]], None] = lambda requests: None
    after_batch: Callable[[Sequence[Request]], None] = lambda requests: None
    reachable: Callable[[], None] = lambda: None
    lock: Lock = field(default_factory=Lock)


_remotes: dict[str, MemoryRemote] = defaultdict(MemoryRemote)


class MemoryConnector(Connector):
    """Applies each idempotency key once; refuses to create what exists or change what does not."""

    supports_batches: ClassVar[bool] = True

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
        return self._take(request)

    def deliver_batch(self, requests: Sequence[Request]) -> list[Acknowledgement | DeliveryError]:
        self.remote.reachable()
        with self.remote.lock:
            self.remote.batches.append(list(requests))
        self.remote.before_batch(requests)
        outcomes = [self._outcome(request) for request in requests]
        with _reply_on_its_way():
            self.remote.after_batch(requests)
        return outcomes

    def look_up(self, collection: str, key: str, *, key_field: str) -> Mapping[str, Any] | None:
        self.remote.reachable()
        with self.remote.lock:
            held = self.remote.entities.get((collection, key))
            return None if held is None else dict(held)

    def ping(self) -> None:
        self.remote.reachable()

    def _outcome(self, request: Request) -> Acknowledgement | DeliveryError:
        try:
            return self._take(request)
        except DeliveryError as error:
            return error

    def _take(self, request: Request) -> Acknowledgement:
        self.remote.before(request)
        with self.remote.lock:
            self.remote.received.append(request)
            acknowledgement = self._apply_once(request)
        with _reply_on_its_way():
            self.remote.after(request)
        return acknowledgement

    def _apply_once(self, request: Request) -> Acknowledgement:
        if self.remote.forgetful:
            return self._apply(request)
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
        return acknowledgement

    def _apply(self, request: Request) -> Acknowledgement:
        place = (request.collection, request.key)
        held = self.remote.entities.get(place)
        if request.operation == Operation.DELETE:
            if held is None:
                return Acknowledgement(status=404)
            del self.remote.entities[place]
            self.remote.applied.append(request)
            return Acknowledgement(status=200)
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
        self.remote.applied.append(request)
        return Acknowledgement(status=200, external_id=held["id"], values=dict(held))


@contextmanager
def _reply_on_its_way() -> Iterator[None]:
    """What fails here fails after the request was applied."""
    try:
        yield
    except DeliveryError:
        raise
    except Exception as error:
        raise OutcomeUnknown(f"The reply was lost: {error}") from error
