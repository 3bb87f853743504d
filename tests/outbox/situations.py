"""Ways to bring the outbox into a situation: edits, drains that die, time that passes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import F

from outbox.connectors.base import Request
from outbox.connectors.memory import MemoryRemote
from outbox.draining import DrainSummary, drain_once
from outbox.models import (
    DestinationState,
    Drain,
    Lane,
    Message,
    Operation,
    Priority,
    RateAllowance,
    WakeRequest,
)
from outbox.recording import Draft, record

#: Hooks of a remote that is well.
WELL = MemoryRemote()


def draft(key: str = "ALFKI", operation: str = "update", **values: Any) -> Draft:
    """`destination`, `record_type`, `priority` and `version` may be given; others are payload."""
    destination = values.pop("destination", "erp")
    priority = values.pop("priority", Priority.INTERACTIVE)
    version = values.pop("version", 1)
    record_type = values.pop("record_type", "customer")
    whole = {"customer_no": key, **values}
    return Draft(
        destination=destination,
        record_type=record_type,
        key=key,
        record_version=version,
        operation=Operation(operation),
        changes={name: [None, value] for name, value in values.items()},
        payload=whole if operation == "create" else values,
        render_whole=lambda: whole,
        collection="customers",
        key_field="customer_no",
        mapping_version=1,
        edit_id=uuid4(),
        actor="alice",
        source="form",
        reference="",
        batch="",
        priority=priority,
    )


#: What a record holds here, by key; a record that is not there is deleted.
RECORDS: dict[str, dict[str, Any]] = {}


def edit(key: str = "ALFKI", operation: str = "update", **values: Any) -> Message:
    """One committed edit; the first of a key is a create."""
    one = draft(key, operation, **values)
    with transaction.atomic():
        (message,) = record([one])
    if operation == "delete":
        RECORDS.pop(key, None)
    else:
        RECORDS.setdefault(key, {"customer_no": key}).update(one.payload)
    return message


def rendered_now(destination: str, record_type: str, key: str) -> Draft | None:
    """What the records' own renderer does, for records that are in no table."""
    if key not in RECORDS:
        return None
    return replace(draft(key, **RECORDS[key]), destination=destination, record_type=record_type)


def drain(seconds: float = 5) -> DrainSummary:
    return drain_once("erp", seconds=seconds)


def pass_time(seconds: float) -> None:
    """As the database sees it: everything that is noted with a time lies so much further back."""
    back = timedelta(seconds=seconds)
    Lane.objects.update(due_at=F("due_at") - back)
    DestinationState.objects.update(
        held_until=F("held_until") - back,
        held_since=F("held_since") - back,
        recovered_at=F("recovered_at") - back,
        refusals_believed_until=F("refusals_believed_until") - back,
        paused_at=F("paused_at") - back,
    )
    Message.objects.update(first_failed_at=F("first_failed_at") - back)
    WakeRequest.objects.update(requested_at=F("requested_at") - back)
    Drain.objects.update(beat_at=F("beat_at") - back)
    RateAllowance.objects.update(given_until=F("given_until") - back)


def raising(error: Exception, *, key: str | None = None) -> Callable[..., None]:
    """A hook of the remote in memory: fails, for one key only where it is given."""

    def hook(*arguments: Request) -> None:
        if key is None or arguments[0].key == key:
            raise error

    return hook


def set_options(settings: Any, **options: Any) -> None:
    """Of the destination `erp`."""
    erp = settings.DESTINATIONS["erp"]
    erp = erp | {"OPTIONS": erp["OPTIONS"] | options}
    settings.DESTINATIONS = settings.DESTINATIONS | {"erp": erp}


def everybody_fails(lanes: int = 5) -> None:
    """Enough records fail in a row for the destination to be held; their edits stay pending."""
    for number in range(lanes):
        edit(f"FAILS-{number}")
    drain()


def lane(key: str = "ALFKI") -> Lane:
    return Lane.objects.get(key=key)


def states(key: str = "ALFKI") -> list[str]:
    """Of the messages of a record, in order."""
    messages = Message.objects.filter(lane__key=key).order_by("sequence")
    return list(messages.values_list("state", flat=True))
