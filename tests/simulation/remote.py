"""A remote that may do whatever remotes do, and keeps a ledger of what took effect there."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Final, Protocol

from outbox.connectors.base import Acknowledgement, Connector, Operation, Request
from outbox.connectors.errors import (
    DeliveryError,
    Failed,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from tests.simulation.actors import Actor, Scheduler
from tests.simulation.history import History


class Fate(Enum):
    """What becomes of a request and of its reply."""

    APPLIED = "applied and answered"
    REPLY_LOST = "applied, the reply lost"
    LOST = "lost on its way"
    LATE = "given up here, and applied there later"
    REFUSED = "refused for good"
    FAILED = "answered 500"
    FAILED_APPLIED = "applied and answered 500"
    UNAVAILABLE = "turned away: nobody is served"
    UNAVAILABLE_APPLIED = "applied, and answered 503"
    MISCONFIGURED = "turned away: the settings are wrong"
    CONNECTOR_BROKEN = "applied, and the connector stumbled over the reply"


#: Seconds that a request may take.
DEADLINE: Final = 15
#: Those that say nothing about the message: they cost it no try.
OUTAGES = frozenset({Fate.UNAVAILABLE, Fate.UNAVAILABLE_APPLIED, Fate.MISCONFIGURED})
#: What an item of a batch may come to, where the others come to something else.
OF_AN_ITEM = frozenset(
    {Fate.APPLIED, Fate.REPLY_LOST, Fate.LOST, Fate.LATE, Fate.REFUSED, Fate.FAILED}
)
_NEVER_LOOKED_AT = frozenset({Fate.UNAVAILABLE, Fate.MISCONFIGURED})
_APPLIED = frozenset(
    {
        Fate.APPLIED,
        Fate.REPLY_LOST,
        Fate.FAILED_APPLIED,
        Fate.UNAVAILABLE_APPLIED,
        Fate.CONNECTOR_BROKEN,
    }
)

#: A record with this word in its notes is refused; one with that kills whoever sends it.
REFUSED_WORD = "unacceptable"
DEADLY_WORD = "deadly"


@dataclass(eq=False)
class Wire:
    """A request that has left, alone or in a batch, until it is known what it has done."""

    requests: Sequence[Request]
    sender: Actor
    sent_at: float
    is_given_up: bool = False

    @property
    def is_deadly(self) -> bool:
        return any(_has(request, DEADLY_WORD) for request in self.requests)


class Watches(Protocol):
    """Is told of each request as it leaves, and as it takes effect."""

    def leaves(self, request: Request, sender: Actor) -> None: ...

    def takes_effect(self, request: Request) -> None: ...


@dataclass
class Remote:
    scheduler: Scheduler
    history: History
    rng: random.Random
    #: Seconds after the deadline in which a request may still take effect.
    grace: float
    #: What it does with requests, each as likely as the other.
    fates: Sequence[Fate]
    #: Whether it knows an idempotency key when it comes again.
    keeps_keys: bool
    is_well: bool = False
    entities: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Requests in the order in which they took effect.
    ledger: list[Request] = field(default_factory=list)
    #: By idempotency key: the answer, which it gives again; and what came with the key first.
    answers: dict[str, Acknowledgement | Rejected] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)
    #: Keys of requests that it may have applied, or refused.
    known: set[str] = field(default_factory=set)
    wires: list[Wire] = field(default_factory=list)
    #: When each request left, in elapsed seconds.
    sent_at: list[float] = field(default_factory=list)
    #: Requests that take effect later, and when.
    late: list[tuple[float, Request]] = field(default_factory=list)
    #: Tries of each message that count, by its id.
    tries: Counter[str] = field(default_factory=Counter)
    watch: Watches = field(init=False)

    # Requests on their way

    def exchange(self, requests: Sequence[Request]) -> list[Acknowledgement | DeliveryError]:
        """What becomes of each, or of a single one. Raises what becomes of all of them."""
        wire = self._send(requests)
        fate = self.scheduler.pause("a reply", wire=wire)
        self.wires.remove(wire)
        if wire.is_given_up:
            self._count(requests)
            raise OutcomeUnknown("No answer in time.")
        if fate is None:
            fate = Fate.APPLIED if self.is_well else self.rng.choice(self.fates)
        if len(requests) == 1:
            return [self._conclude(requests[0], fate, wire)]
        return self._conclude_batch(wire, fate)

    def _send(self, requests: Sequence[Request]) -> Wire:
        sender = self.scheduler.current
        assert sender is not None
        for request in requests:
            content = (
                request.operation,
                request.key,
                request.sequence,
                request.payload,
            )
            if self.seen.setdefault(request.idempotency_key, content) != content:
                self.history.broken(f"{in_words(request)}: other bytes came with this key before")
            self.watch.leaves(request, sender)
        wire = Wire(requests, sender, self.scheduler.clock.elapsed())
        self.wires.append(wire)
        self.sent_at.append(wire.sent_at)
        return wire

    def _conclude_batch(self, wire: Wire, fate: Fate) -> list[Acknowledgement | DeliveryError]:
        if fate == Fate.REFUSED:
            self.history.tell(f"a batch of {len(wire.requests)} is refused as such")
            raise Rejected("Not so many.", status=413)
        fates: list[Fate] = [fate] * len(wire.requests)
        if fate == Fate.APPLIED and not self.is_well:
            single = [one for one in self.fates if one in OF_AN_ITEM]
            fates = [self.rng.choice(single) for _ in wire.requests]
        outcomes: list[Acknowledgement | DeliveryError] = []
        for request, of_item in zip(wire.requests, fates, strict=True):
            try:
                outcomes.append(self._conclude(request, of_item, wire))
            except DeliveryError as error:
                outcomes.append(error)
        if fate == Fate.CONNECTOR_BROKEN:
            raise _stumble()
        return outcomes

    def _conclude(self, request: Request, fate: Fate, wire: Wire) -> Acknowledgement:
        """Raises what the connector would."""
        self.history.tell(f"{in_words(request)} is {fate.value}")
        if fate not in _NEVER_LOOKED_AT:
            self.known.add(request.idempotency_key)
        if fate == Fate.LATE:
            self._put_off(request, wire)
        answer = None
        if fate in _APPLIED or fate == Fate.REFUSED:
            answer = self._take(request, refuse=fate == Fate.REFUSED)
        if fate not in OUTAGES:
            self._count([request])
        if fate in (Fate.APPLIED, Fate.REFUSED):
            if isinstance(answer, Rejected):
                raise answer
            assert answer is not None
            return answer
        if fate == Fate.CONNECTOR_BROKEN and len(wire.requests) == 1:
            raise _stumble()
        raise _error(fate)

    def _count(self, requests: Sequence[Request]) -> None:
        for request in requests:
            self.tries[message_id(request)] += 1

    def _put_off(self, request: Request, wire: Wire) -> None:
        now = self.scheduler.clock.elapsed()
        latest = wire.sent_at + DEADLINE + self.grace
        self.late.append((self.rng.uniform(now, latest), request))

    def let_pass(self, until: float) -> None:
        """What happens until then by itself."""
        for wire in self.wires:
            if wire.sent_at + DEADLINE < until:
                self._give_up(wire)
        for at, request in sorted(self.late, key=lambda item: item[0]):
            if at <= until:
                self.late.remove((at, request))
                self.history.tell(f"{in_words(request)} takes effect late")
                self._take(request, refuse=False)

    def abandon(self, process: Actor) -> None:
        """The process died; what it had sent is on its way all the same."""
        for wire in [wire for wire in self.wires if wire.sender.process is process]:
            self._give_up(wire)
            self.wires.remove(wire)

    def _give_up(self, wire: Wire) -> None:
        """Nobody waits for its reply any more."""
        if wire.is_given_up:
            return
        wire.is_given_up = True
        for request in wire.requests:
            self.known.add(request.idempotency_key)
            if self.rng.random() < 2 / 3:
                self._put_off(request, wire)

    # What it holds

    def _take(self, request: Request, *, refuse: bool) -> Acknowledgement | Rejected:
        key = request.idempotency_key
        if key in self.answers and self.keeps_keys:
            return self.answers[key]
        if refuse or (not self.is_well and _has(request, REFUSED_WORD)):
            self.answers[key] = Rejected("Not acceptable.", status=422)
        else:
            self.answers[key] = self._apply(request)
        return self.answers[key]

    def _apply(self, request: Request) -> Acknowledgement | Rejected:
        held = self.entities.get(request.key)
        if request.operation == Operation.CREATE and held is not None:
            return Rejected(f"There is {request.key} already.", status=409, conflict=True)
        if request.operation == Operation.UPDATE and held is None:
            return Rejected(f"There is no {request.key}.", status=404)
        if request.operation == Operation.DELETE and held is None:
            return Acknowledgement(status=404)
        self.watch.takes_effect(request)
        self.ledger.append(request)
        if request.operation == Operation.DELETE:
            del self.entities[request.key]
            return Acknowledgement(status=200)
        held = held or {"id": f"R-{len(self.ledger)}"}
        self.entities[request.key] = merged(held, request.payload)
        return Acknowledgement(
            status=200, external_id=held["id"], values=self.entities[request.key]
        )


class SimulatedConnector(Connector):
    """Speaks to the remote of the history that is simulated now."""

    remote: ClassVar[Remote]
    supports_batches: ClassVar[bool] = True

    def deliver(self, request: Request) -> Acknowledgement:
        [outcome] = self.remote.exchange([request])
        assert isinstance(outcome, Acknowledgement)
        return outcome

    def deliver_batch(self, requests: Sequence[Request]) -> list[Acknowledgement | DeliveryError]:
        return self.remote.exchange(requests)

    def look_up(self, collection: str, key: str, *, key_field: str) -> Mapping[str, Any] | None:
        clock = self.remote.scheduler.clock
        sent_at = clock.elapsed()
        self.remote.scheduler.pause("a look-up")
        if clock.elapsed() > sent_at + DEADLINE:
            raise OutcomeUnknown("No answer in time.")
        return self.remote.entities.get(key)

    def ping(self) -> None:
        pass


def merged(older: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    """The newer value of each field, in objects inside likewise."""
    result = dict(older)
    for name, value in newer.items():
        inside = result.get(name)
        if isinstance(inside, Mapping) and isinstance(value, Mapping):
            result[name] = merged(inside, value)
        else:
            result[name] = value
    return result


def in_words(request: Request) -> str:
    said = {name: value for name, value in request.payload.items() if value and value != "Alfreds"}
    if isinstance(said.get("address"), Mapping):
        said["address"] = {name: value for name, value in said["address"].items() if value}
    return f"{request.operation} {request.key} {request.sequence} {said}"


def message_id(request: Request) -> str:
    """A key is the message's id and the number of its delivery."""
    return request.idempotency_key.rpartition("-")[0]


def _has(request: Request, word: str) -> bool:
    return word in str(request.payload.get("remarks", ""))


def _stumble() -> Exception:
    return RuntimeError(Fate.CONNECTOR_BROKEN.value)


def _error(fate: Fate) -> DeliveryError:
    match fate:
        case Fate.FAILED | Fate.FAILED_APPLIED:
            return Failed(fate.value, status=500)
        case Fate.UNAVAILABLE:
            return Unavailable(fate.value)
        case Fate.UNAVAILABLE_APPLIED:
            return Unavailable(fate.value, status=503, maybe_applied=True, asks_to_wait=True)
        case Fate.MISCONFIGURED:
            return Misconfigured(fate.value, status=401)
        case _:
            return OutcomeUnknown(fate.value)
