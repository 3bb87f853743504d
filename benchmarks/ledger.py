"""The judge: holds what arrived at the sink against what was to be delivered."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.sink import merge
from benchmarks.workload import COLLECTION, Message


@dataclass(frozen=True, slots=True)
class Arrival:
    """One row of the sink's ledger: something that it applied."""

    idempotency_key: str
    collection: str
    key: str
    sequence: int
    #: By the monotonic clock that all processes of a host share, in seconds.
    at: float
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How many went wrong, and in which way. All must be 0."""

    lost: int  # to be delivered, and neither applied nor carried by one that was
    phantom: int  # applied, and nobody asked for it
    doubled: int  # applied under two keys
    reordered: int  # applied after a newer one of the same record
    different: int  # records that do not hold in the end what was last sent of each field

    @property
    def wrong(self) -> int:
        return self.lost + self.phantom + self.doubled + self.reordered + self.different


def read_ledger(path: Path) -> list[Arrival]:
    with path.open() as file:
        return [Arrival(*json.loads(line)) for line in file]


def judge(sent: Sequence[Message], arrived: Sequence[Arrival], *, merging: bool) -> Verdict:
    """`merging`: a message may be carried by a newer one of its record."""
    known = {message.idempotency_key for message in sent}
    seen: set[tuple[str, int]] = set()
    newest: dict[str, int] = defaultdict(int)
    doubled = reordered = 0
    for arrival in arrived:
        doubled += (arrival.key, arrival.sequence) in seen
        seen.add((arrival.key, arrival.sequence))
        reordered += arrival.sequence < newest[arrival.key]
        newest[arrival.key] = max(newest[arrival.key], arrival.sequence)
    return Verdict(
        lost=sum(
            (message.key, message.sequence) not in seen
            and not (merging and newest[message.key] > message.sequence)
            for message in sent
        ),
        phantom=sum(
            arrival.idempotency_key not in known or arrival.collection != COLLECTION
            for arrival in arrived
        ),
        doubled=doubled,
        reordered=reordered,
        different=_different(sent, arrived),
    )


def _different(sent: Iterable[Message], arrived: Iterable[Arrival]) -> int:
    expected: dict[str, dict[str, Any]] = defaultdict(dict)
    for message in sorted(sent, key=lambda message: message.sequence):
        merge(expected[message.key], dict(message.payload))
    held: dict[str, dict[str, Any]] = defaultdict(dict)
    for arrival in arrived:
        merge(held[arrival.key], arrival.body)
    return sum(held[key] != values for key, values in expected.items())
