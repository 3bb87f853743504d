"""What the live parts of a record's page show, and whether it may still change by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from django.utils import timezone

from outbox.conf import outbox_conf
from outbox.models import Attempt, Message, State
from records.badges import badges_of, poll_seconds
from records.models import Change
from records.pages import RecordPages
from records.timeline import NEWEST, Delivery, Entry, timeline

#: What the remote decides comes back shortly after it has acknowledged.
AFTERMATH = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDelivery:
    label: str
    message: Message
    attempts: Sequence[Attempt]
    #: From the edit to the acknowledgement; None until then.
    seconds: float | None
    #: None where no try has failed, or another is under way.
    next_try_at: datetime | None

    @property
    def is_held_up(self) -> bool:
        """It waits behind a message that a person has to decide about."""
        return self.message.lane.blocked_by_id is not None

    @property
    def is_under_way(self) -> bool:
        """A worker has it, or what is before it."""
        return self.message.lane.lease_token is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    change: Change
    fields: Sequence[ShownChange]
    deliveries: Sequence[ShownDelivery]
    is_forgotten: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTimeline:
    entries: Sequence[ShownEntry]
    is_pending: bool
    #: There may be earlier edits.
    is_cut: bool
    #: Days after which the details of deliveries are deleted.
    kept_days: int
    #: Another one where anything has changed.
    fingerprint: str


def live_badges(pages: RecordPages, key: str) -> dict[str, Any]:
    """The context of `records/_sync.html`."""
    badges = badges_of(pages.record_type.name, key)
    return {"badges": badges, "poll_seconds": poll_seconds(badges)}


def live_timeline(pages: RecordPages, key: str) -> LiveTimeline:
    entries = timeline(pages.record_type, key)
    is_pending = any(_is_pending(delivery) for entry in entries for delivery in entry.deliveries)
    return LiveTimeline(
        entries=[_shown(pages, entry) for entry in entries],
        is_pending=is_pending,
        is_cut=len(entries) == NEWEST,
        kept_days=round(outbox_conf().keep / 86400),
        fingerprint=_fingerprint(entries, is_pending=is_pending),
    )


def _shown(pages: RecordPages, entry: Entry) -> ShownEntry:
    changes = entry.change.changes
    # PostgreSQL keeps JSON in an order of its own; a field that is no more comes last.
    order = [field.name for field in pages.model.data_fields() if field.name in changes]
    fields = [
        ShownChange(
            label=pages.label(name),
            old=pages.shown(name, changes[name][0]),
            new=pages.shown(name, changes[name][1]),
        )
        for name in dict.fromkeys([*order, *changes])
    ]
    deliveries = [
        ShownDelivery(
            label=delivery.label,
            message=delivery.message,
            attempts=delivery.attempts,
            seconds=delivery.seconds,
            next_try_at=_next_try_at(delivery.message),
        )
        for delivery in entry.deliveries
    ]
    return ShownEntry(
        change=entry.change,
        fields=fields,
        deliveries=deliveries,
        is_forgotten=entry.is_forgotten,
    )


def _next_try_at(message: Message) -> datetime | None:
    lane = message.lane
    is_next = message.sequence == lane.head_sequence and lane.failures > 0
    return lane.due_at if is_next and lane.lease_token is None else None


def _is_pending(delivery: Delivery) -> bool:
    message = delivery.message
    if message.state == State.PENDING:
        return message.lane.blocked_by_id is None  # else it stays so until a person decides
    return message.ended_at is not None and _is_recent(message.ended_at)


def _is_recent(at: datetime) -> bool:
    return timezone.now() - at < AFTERMATH


def _fingerprint(entries: Sequence[Entry], *, is_pending: bool) -> str:
    seen = [str(is_pending)]
    for entry in entries:
        seen.append(str(entry.change.id))
        for delivery in entry.deliveries:
            lane = delivery.message.lane
            seen += [delivery.message.state, str(len(delivery.attempts)), str(lane.due_at)]
    return blake2b(" ".join(seen).encode(), digest_size=8).hexdigest()
