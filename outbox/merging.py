"""Merging: updates of a record that wait one behind the other leave as one request.

The newest carries the others: what is sent for all of them, and who they are, is written before it
is sent. They end only when the carrier is acknowledged.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from outbox.models import Lane, Message, Operation
from outbox.models.message import Sendable
from outbox.row_writing import write_values

#: Messages of one lane that are looked at for one claim.
MOST: Final = 100


@dataclass(slots=True)
class Waiting(Sendable):
    """Of a message, what is read to send it."""

    id: UUID
    lane_id: int
    sequence: int
    operation: str
    source: str
    collection: str
    key_field: str
    payload: Any
    merged_payload: Any
    mapping_version: int
    priority: int
    delivery_number: int
    attempts: int
    maybe_applied: bool
    first_failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shipment:
    """A message to be sent, and those that it newly carries."""

    message: Waiting
    carried: Sequence[Waiting] = ()


def shipments(messages: Iterable[Waiting], *, merge: bool, apart_through: int) -> list[Shipment]:
    """What is to be sent for these messages of a lane, in order.

    `messages` are to be sent, in order. Only updates that were never sent are merged: of any other
    the remote may know the key, and with it the bytes.
    """
    runs: list[list[Waiting]] = []
    for message in messages:
        if merge and runs and _go_together(runs[-1][-1], message, apart_through):
            runs[-1].append(message)
        else:
            runs.append([message])
    return [Shipment(run[-1], run[:-1]) for run in runs]


def write_merged(merged: Iterable[Shipment]) -> None:
    """In the transaction of the claim, before anything is sent."""
    carriers, carried = [], []
    for shipment in merged:
        carrier, together = shipment.message, (*shipment.carried, shipment.message)
        payload: dict[str, Any] = {}
        for message in together:
            payload = merged_payload(payload, message.payload)
        carrier.merged_payload = payload
        # Somebody may wait for what it carries.
        carrier.priority = min(message.priority for message in together)
        carriers.append({"id": carrier.id, "merged_payload": payload, "priority": carrier.priority})
        carried += [{"id": message.id, "carrier": carrier.id} for message in shipment.carried]
    write_values(Message, carriers)
    write_values(Message, carried)


def dissolve(lane: Lane, carrier: Message) -> None:
    """The remote refused it: its messages are sent one by one, with keys that it has not seen."""
    first = carrier.carried.pending().order_by("sequence").first()
    carrier.carried.pending().update(carrier=None)
    carrier.merged_payload = None
    carrier.delivery_number += 1
    if first is not None:
        lane.head_sequence = first.sequence
        # Written now: what is ahead of the lane is looked up from there.
        Lane.objects.filter(pk=lane.pk).update(head_sequence=first.sequence)
    lane.apart_through = carrier.sequence


def is_merged(message: Message) -> bool:
    """Whether it may be taken apart again: each of its messages can stand for itself.

    One that was made to send the record anew cannot: what it carries was refused, or is outdated.
    """
    return (
        message.merged_payload is not None
        and message.operation == Operation.UPDATE
        and not message.is_resend
    )


def merged_payload(older: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    """The newer value of each field; objects are merged as the remote merges them."""
    merged = dict(older)
    for name, value in newer.items():
        present = merged.get(name)
        if isinstance(present, Mapping) and isinstance(value, Mapping):
            merged[name] = merged_payload(present, value)
        else:
            merged[name] = value
    return merged


def _go_together(older: Waiting, newer: Waiting, apart_through: int) -> bool:
    return (
        _may_merge(older, apart_through)
        and _may_merge(newer, apart_through)
        and older.mapping_version == newer.mapping_version
        and (older.collection, older.key_field) == (newer.collection, newer.key_field)
    )


def _may_merge(message: Waiting, apart_through: int) -> bool:
    return (
        message.operation == Operation.UPDATE
        and message.merged_payload is None
        and not message.is_resend
        and not message.was_sent
        and message.sequence > apart_through
    )
