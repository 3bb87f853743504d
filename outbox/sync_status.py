"""Sync status: how far the edits of a record have come at each of its destinations."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from django.db.models import F

from outbox.clock import database_now
from outbox.conf import destination, destination_names, label_of
from outbox.models import Death, DestinationState, Lane, Message


class Sync(IntEnum):
    """Worse is larger: where a record has several destinations, the worst is shown first."""

    IN_SYNC = 0
    SENDING = 1  # on its way
    RETRYING = 2  # a try failed; another follows
    WAITING = 3  # the destination takes nothing from anybody now
    SCHEDULED = 4  # the destination is delivered to later today
    PAUSED = 5  # the destination is paused
    DIVERGED = 6  # a change was given up or skipped: the remote differs until the next one
    GIVEN_UP = 7  # a message that failed for too long holds up the record until a person decides
    REFUSED = 8  # likewise one that the destination will not take


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncStatus:
    sync: Sync
    destination: str
    label: str
    #: Seconds until the next try; None where none is planned.
    next_try_in: float | None = None
    #: Why, in words: the remote's refusal, the last error, the reason for a pause.
    because: str = ""
    #: Our names of the fields in which the remote differs; empty where it differs as a whole.
    differing: Sequence[str] = ()

    def reason(self, label: Callable[[str], str] = str) -> str:
        """Why, with the fields in which the remote differs by their labels."""
        names = ", ".join(label(name) for name in self.differing)
        return f"{self.because} {names}".strip()

    @property
    def is_final(self) -> bool:
        """Whether it stays so until somebody does something."""
        return self.sync in (Sync.IN_SYNC, Sync.DIVERGED, Sync.GIVEN_UP, Sync.REFUSED)


def sync_statuses(record_type: str, keys: Collection[str]) -> dict[str, list[SyncStatus]]:
    """Key → one status per destination that was ever sent the record, the worst first."""
    lanes = list(
        Lane.objects.filter(record_type=record_type, key__in=keys).select_related("blocked_by")
    )
    states = {state.destination: state for state in DestinationState.objects.all()}
    now = database_now() if any(lane.due_at for lane in lanes) else None
    synced = {lane.pk: _sync(lane, states.get(lane.destination), now) for lane in lanes}
    errors = _last_errors([lane for lane in lanes if synced[lane.pk] == _RETRYING])
    statuses: dict[str, list[SyncStatus]] = defaultdict(list)
    for lane in lanes:
        sync, because = synced[lane.pk]
        statuses[lane.key].append(
            SyncStatus(
                sync=sync,
                destination=lane.destination,
                label=label_of(lane.destination),
                next_try_in=_next_try_in(lane, now) if sync in _PLANNED else None,
                because=errors.get(lane.pk, because),
                differing=lane.diverged if sync == Sync.DIVERGED and lane.present else (),
            )
        )
    for found in statuses.values():
        found.sort(key=lambda status: -status.sync)
    return statuses


_RETRYING = (Sync.RETRYING, "")
_PLANNED = (Sync.RETRYING, Sync.SCHEDULED)


def _sync(lane: Lane, state: DestinationState | None, now: datetime | None) -> tuple[Sync, str]:
    """And why; of a lane that is retried its messages know."""
    if (dead := lane.blocked_by) is not None:
        return Sync.REFUSED if dead.died_of == Death.REFUSED else Sync.GIVEN_UP, dead.last_error
    if lane.head_sequence > lane.last_sequence:
        return (Sync.DIVERGED, _what_differs(lane)) if lane.diverged else (Sync.IN_SYNC, "")
    if state is not None and state.is_paused:
        return Sync.PAUSED, state.paused_because
    if state is not None and state.is_held:
        return Sync.WAITING, state.held_because
    if lane.failures:
        return _RETRYING
    return _on_its_way(lane, now)


def _what_differs(lane: Lane) -> str:
    if lane.present:
        return "A change did not arrive. Until they are changed again, these differ:"
    if lane.shadow is None:
        return "The record did not arrive. The next change sends all of it."
    return "The delete did not arrive: the record is still there."


def _on_its_way(lane: Lane, now: datetime | None) -> tuple[Sync, str]:
    if lane.destination not in destination_names() or now is None or lane.lease_token is not None:
        return Sync.SENDING, ""
    window = destination(lane.destination).window
    if not window.is_open(now):
        return Sync.SCHEDULED, window.in_words
    if lane.due_at is None or lane.due_at <= now:
        return Sync.SENDING, ""
    if window.next_at(now) == now:  # a worker died with it, and its request may be at work still
        return _RETRYING
    return Sync.SCHEDULED, window.in_words


def _last_errors(lanes: Sequence[Lane]) -> dict[int, str]:
    """Lane → the last error of the message that it tries to send."""
    heads = Message.objects.pending().filter(
        lane__in=lanes, sequence=F("lane__head_sequence"), last_error__gt=""
    )
    return dict(heads.values_list("lane", "last_error")) if lanes else {}


def _next_try_in(lane: Lane, now: datetime | None) -> float | None:
    if lane.due_at is None or lane.lease_token is not None or now is None:
        return None
    return max(0.0, (lane.due_at - now).total_seconds())
