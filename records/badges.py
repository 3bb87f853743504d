"""Sync badges: a sync status in the words that staff read."""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from outbox.sync_status import Sync, SyncStatus, sync_statuses
from records.registry import record_type as type_named


class Tone(StrEnum):
    """Bootstrap's names of colours."""

    GOOD = "success"
    BUSY = "info"
    SLOW = "warning"
    BAD = "danger"
    NONE = "secondary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    #: `data-sync` of the element.
    hook: str
    text: str
    tone: Tone
    #: The destination's label.
    label: str = ""
    #: Why, in the remote's or a colleague's words.
    because: str = ""
    #: Nothing will change by itself, so nobody need ask again.
    is_final: bool = True
    #: Something will happen within seconds, rather than once the destination is there again.
    is_soon: bool = False


NOT_SENT = Badge(hook="not_sent", text="not sent", tone=Tone.NONE)

_TONES = {
    Sync.IN_SYNC: Tone.GOOD,
    Sync.SENDING: Tone.BUSY,
    Sync.RETRYING: Tone.SLOW,
    Sync.WAITING: Tone.SLOW,
    Sync.SCHEDULED: Tone.NONE,
    Sync.PAUSED: Tone.NONE,
    Sync.DIVERGED: Tone.BAD,
    Sync.GIVEN_UP: Tone.BAD,
    Sync.REFUSED: Tone.BAD,
}

_TEXTS: dict[Sync, Callable[[SyncStatus], str]] = {
    Sync.IN_SYNC: lambda status: "in sync",
    Sync.SENDING: lambda status: "sending…",
    Sync.RETRYING: lambda status: _retrying(status.next_try_in),
    Sync.WAITING: lambda status: f"waiting: the {status.label} takes nothing now",
    Sync.SCHEDULED: lambda status: "waiting for the next delivery",
    Sync.PAUSED: lambda status: "paused",
    Sync.DIVERGED: lambda status: f"differs at the {status.label}",
    Sync.GIVEN_UP: lambda status: "held: could not be delivered",
    Sync.REFUSED: lambda status: f"held: refused by the {status.label}",
}


def badges_of(record_type: str, key: str) -> list[Badge]:
    """One per destination, the worst first; NOT_SENT where there is none."""
    return _badges(record_type, sync_statuses(record_type, [key]).get(key, []))


def worst_badges(record_type: str, keys: Collection[str]) -> dict[str, Badge]:
    """Key → the badge that a list row shows."""
    statuses = sync_statuses(record_type, keys)
    return {key: _badges(record_type, statuses.get(key, []))[0] for key in keys}


def poll_seconds(badges: Sequence[Badge]) -> int | None:
    """How often a page should ask again; None where nothing will change by itself."""
    waiting = [badge for badge in badges if not badge.is_final]
    if not waiting:
        return None
    return 1 if any(badge.is_soon for badge in waiting) else 5


def _badges(record_type: str, statuses: Sequence[SyncStatus]) -> list[Badge]:
    label = type_named(record_type).label
    return [_badge(status, label) for status in statuses] or [NOT_SENT]


def _badge(status: SyncStatus, label: Callable[[str], str]) -> Badge:
    return Badge(
        hook=status.sync.name.lower(),
        text=_TEXTS[status.sync](status),
        tone=_TONES[status.sync],
        label=status.label,
        because=status.reason(label),
        is_final=status.is_final,
        is_soon=status.sync in (Sync.SENDING, Sync.RETRYING),
    )


def _retrying(seconds: float | None) -> str:
    if seconds is None or seconds <= 0:
        return "retrying now…"
    if seconds < 60:
        return f"retrying in {math.ceil(seconds)} s"
    if seconds < 3600:
        return f"retrying in {math.ceil(seconds / 60)} min"
    return f"retrying in {math.ceil(seconds / 3600)} h"
