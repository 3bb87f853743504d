"""Progress: how far an upload has come, here and at the remotes, from counters and one index."""

import math
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from outbox.conf import label_of, window_of
from outbox.models import DestinationState, Message
from records.registry import UnknownRecordType
from uploads.models import State, Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    label: str
    #: Per cent, a whole number.
    percent: int
    text: str
    #: "1,200 a second, 40 s left"; "" where nothing moves.
    pace: str = ""
    is_moving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    #: The labels of the remotes, as a sentence has them.
    remotes: str
    sent: int
    pending: int
    #: Refused by a remote, or given up: a person has to look at them.
    held: int
    #: Why a remote takes nothing now; "" where it does.
    because: str

    @property
    def total(self) -> int:
        return self.sent + self.pending + self.held


def delivery_of(upload: Upload) -> Delivery:
    left = Message.objects.open_in(str(upload))
    pending, held = left.pending().count(), left.dead().count()
    destinations = _destinations(upload)
    return Delivery(
        remotes=" and the ".join(label_of(name) for name in destinations) or "remote system",
        sent=max(0, upload.messages - pending - held),
        pending=pending,
        held=held,
        because=_because(destinations) if pending else "",
    )


def poll_seconds(upload: Upload, delivery: Delivery) -> int | None:
    """How often the page should ask again; None where nothing changes by itself."""
    if upload.is_active:
        return 1
    if delivery.pending:
        return 5 if delivery.because else 2
    return None


def bars(upload: Upload, delivery: Delivery) -> list[Bar]:
    if upload.state == State.CHECKING:
        return [_checking(upload)]
    if upload.confirmed_at is None and not upload.passed:
        return []
    return [_saving(upload), _delivering(upload, delivery)]


def _checking(upload: Upload) -> Bar:
    return Bar(
        label="Read and compared",
        percent=_percent(upload.bytes_read, upload.size),
        text=f"{upload.row_count:,} rows",
        pace=_pace(upload.bytes_read, upload.size, upload.row_count, since=upload.phase_at),
        is_moving=True,
    )


def _saving(upload: Upload) -> Bar:
    is_moving = upload.state == State.APPLYING
    return Bar(
        label="Saved here",
        percent=_percent(upload.passed, upload.to_save),
        text=f"{upload.passed:,} of {upload.to_save:,} rows",
        pace=_pace(upload.passed, upload.to_save, upload.passed, since=upload.phase_at)
        if is_moving
        else "",
        is_moving=is_moving,
    )


def _delivering(upload: Upload, delivery: Delivery) -> Bar:
    still_to_come = upload.left * len(_destinations(upload)) if upload.is_active else 0
    expected = delivery.total + still_to_come
    # Without a pace: since when they are sent, and how long nothing was, is written nowhere.
    is_moving = bool(delivery.pending) and not delivery.because
    return Bar(
        label=f"Delivered to the {delivery.remotes}",
        percent=_percent(delivery.sent, expected),
        text=f"{delivery.sent:,} of {expected:,}",
        is_moving=is_moving,
    )


def _percent(done: int, total: int) -> int:
    """100 only where all is done."""
    return min(100, done * 100 // total) if total else 100


def _pace(done: int, total: int, rows: int, *, since: datetime | None) -> str:
    seconds = (timezone.now() - since).total_seconds() if since else 0.0
    if seconds < 1 or done <= 0:
        return ""
    left = seconds * (total - done) / done
    return f"{rows / seconds:,.0f} a second, {_duration(left)} left"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{math.ceil(seconds)} s"
    if seconds < 3600:
        return f"{math.ceil(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def _destinations(upload: Upload) -> list[str]:
    try:
        return [mapping.destination for mapping in upload.kind.mappings]
    except UnknownRecordType:
        return []


def _because(destinations: list[str]) -> str:
    for state in DestinationState.objects.filter(destination__in=destinations):
        label = label_of(state.destination)
        if state.is_paused:
            return (
                f"Deliveries to the {label} are paused: {state.paused_because or 'no reason given'}"
            )
        if state.is_held:
            return f"The {label} takes nothing now: {state.held_because}"
    now = timezone.now()
    for name in destinations:
        window = window_of(name)
        if window.next_at(now) > now:
            return f"Waiting for the next delivery to the {label_of(name)}: {window.in_words}."
    return ""
