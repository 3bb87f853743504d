"""Edits at a steady pace, then bare requests with the same bodies; when each committed, or left."""

import json
import time
from collections.abc import Iterator
from typing import Any, Final

from django.db import transaction

from benchmarks.contenders.ceiling_process import pooled_session
from benchmarks.probes.customers import CONTEXT, create_customers, customer_type
from outbox.models import Message
from records.actions import update_record

DELIVERED_WITHIN: Final = 60.0  # seconds


def main(said: dict[str, Any]) -> dict[str, Any]:
    """`count` edits of `records` records, so many `per_second`; bare requests go to `url`."""
    keys = [f"P{number:06d}" for number in range(said["records"])]
    create_customers(keys)
    _wait_until_delivered()
    edits = []
    for number in paced(said["count"], said["per_second"]):
        edits.append(_edit(keys[number % len(keys)], f"City {number}"))
    _wait_until_delivered()
    session, bare = pooled_session(1), []
    for number in paced(said["count"], said["per_second"]):
        key, payload = f"X{number}", edits[number][0]["payload"]
        body = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()
        headers = {"Idempotency-Key": f"bare-{number}", "Outbox-Sequence": "1"}
        at = time.monotonic()
        session.patch(
            f"{said['url']}/customers/{key}", data=body, headers=headers
        ).raise_for_status()
        bare.append((f"bare-{number}", at))
    created = [
        _told(message) for message in Message.objects.filter(sequence=1).select_related("lane")
    ]
    return {"created": created, "edits": edits, "bare": bare}


def paced(count: int, per_second: float) -> Iterator[int]:
    began = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, began + number / per_second - time.monotonic()))
        yield number


def _edit(key: str, city: str) -> tuple[dict[str, Any], float]:
    """The message, and when it was committed."""
    committed: list[float] = []
    with transaction.atomic():
        # Before the edit's own: nothing that it does after its commit is in between.
        transaction.on_commit(lambda: committed.append(time.monotonic()))
        edit = update_record(customer_type(), key, {"city": city}, context=CONTEXT)
    [message] = edit.messages
    return _told(message, key=key), committed[0]


def _told(message: Message, key: str | None = None) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "key": key or message.lane.key,
        "sequence": message.sequence,
        "payload": message.payload,
    }


def _wait_until_delivered() -> None:
    give_up_at = time.monotonic() + DELIVERED_WITHIN
    while Message.objects.pending().exists():
        if time.monotonic() > give_up_at:
            raise TimeoutError("Not everything was delivered in time.")
        time.sleep(0.1)
