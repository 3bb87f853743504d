"""What is delivered: the same messages, as the same bytes, for every contender."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import uuid_utils

TOKEN: Final = "bench-token"  # noqa: S105  nobody's
COLLECTION: Final = "customers"
KEY_FIELD: Final = "customer_no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One update of one customer."""

    id: UUID
    key: str
    #: Counts the messages of this key, from 1 on.
    sequence: int
    payload: Mapping[str, Any]

    @property
    def idempotency_key(self) -> str:
        """As the outbox writes it when it is sent for the first time."""
        return f"{self.id}-1"

    @property
    def path(self) -> str:
        return f"/{COLLECTION}/{self.key}"

    @property
    def body(self) -> bytes:
        """As the outbox writes it: the same bytes for all."""
        return json.dumps(
            self.payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()

    @property
    def own_headers(self) -> dict[str, str]:
        return {"Idempotency-Key": self.idempotency_key, "Outbox-Sequence": str(self.sequence)}


#: Those that every request has; as the REST connector sends them.
HEADERS: Final = {
    "Authorization": f"Bearer {TOKEN}",
    "Accept": "application/json",
    "User-Agent": "outbox",
    "Content-Type": "application/json",
}


def edits(count: int, *, records: int, prefix: str) -> list[Message]:
    """So many edits, of so many records in turn."""
    return [
        _edit(f"{prefix}{number % records:07d}", number // records + 1, number)
        for number in range(count)
    ]


def _edit(key: str, sequence: int, number: int) -> Message:
    return Message(
        id=UUID(int=uuid_utils.uuid7().int),
        key=key,
        sequence=sequence,
        payload={
            "display_name": f"Alfreds Futterkiste {key}",
            "email": f"office.{number}@alfreds.example",
            "phone": f"+49 30 {number:07d}",
            "remarks": "Delivers in the morning only; ask for Maria at the gate.",
        },
    )


def write_requests(messages: Iterable[Message], path: Path) -> None:
    """For a process that sends them: path, headers of its own, body; one JSON list a line."""
    with path.open("w") as file:
        for message in messages:
            row = [message.path, message.own_headers, message.body.decode()]
            file.write(json.dumps(row) + "\n")


def read_requests(path: Path) -> list[tuple[str, dict[str, str], bytes]]:
    with path.open() as file:
        rows = [json.loads(line) for line in file]
    return [(path, headers, body.encode()) for path, headers, body in rows]


def dealt(messages: Sequence[Message], hands: int) -> list[list[Message]]:
    """To so many processes; all messages of a key to the same one."""
    hand_of: dict[str, int] = {}
    dealt: list[list[Message]] = [[] for _ in range(hands)]
    for message in messages:
        dealt[hand_of.setdefault(message.key, len(hand_of) % hands)].append(message)
    return dealt
