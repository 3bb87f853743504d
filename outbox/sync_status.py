"""Sync status: how far the edits of a record have come at each of its destinations."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from outbox.clock import database_now
from outbox.conf import label_of
from outbox.models import Death, DestinationState, Lane


class Sync(IntEnum):
    """Worse is larger: where a record has several destinations, the worst is shown first."""

    IN_SYNC = 0
    SENDING = 1  # on its way
    RETRYING = 2  # a try failed; another follows
    WAITING = 3  # the destination takes nothing from anybody now
    PAUSED = 4  # the destination is paused
    GIVEN_UP = 5  # a message that failed for too long holds up the record until a person decides
    REFUSED = 6  # likewise one that the destination will not take


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncStatus:
    sync: Sync
    destination: str
    label: str
    #: Seconds until the next try; None where none is planned.
    next_try_in: float | None = None
    #: Why, in words: the remote's refusal, the last error, the reason for a pause.
    because: str = ""

    @property
    def is_final(self) -> bool:
        """Whether it stays so until somebody does something."""
        return self.sync in (Sync.IN_SYNC, Sync.GIVEN_UP, Sync.REFUSED)


def sync_statuses(record_type: str, keys: Collection[str]) -> dict[str, list[SyncStatus]]:
    """Key → one status per destination that was ever sent the record, the worst first."""
    lanes = Lane.objects.filter(record_type=record_type, key__in=keys).select_related("blocked_by")
    states = {state.destination: state for state in DestinationState.objects.all()}
    statuses: dict[str, list[SyncStatus]] = defaultdict(list)
    for lane in lanes:
        statuses[lane.key].append(_status(lane, states.get(lane.destination)))
    for found in statuses.values():
        found.sort(key=lambda status: -status.sync)
    return statuses


def _status(lane: Lane, state: DestinationState | None) -> SyncStatus:
    sync, because = _sync(lane, state)
    return SyncStatus(
        sync=sync,
        destination=lane.destination,
        label=label_of(lane.destination),
        next_try_in=_next_try_in(lane) if sync == Sync.RETRYING else None,
        because=because,
    )


def _sync(lane: Lane, state: DestinationState | None) -> tuple[Sync, str]:
    if (dead := lane.blocked_by) is not None:
        return Sync.REFUSED if dead.died_of == Death.REFUSED else Sync.GIVEN_UP, dead.last_error
    if lane.head_sequence > lane.last_sequence:
        return Sync.IN_SYNC, ""
    if state is not None and state.is_paused:
        return Sync.PAUSED, state.paused_because
    if state is not None and state.is_held:
        return Sync.WAITING, state.held_because
    if lane.failures:
        head = lane.messages.filter(sequence=lane.head_sequence).first()
        return Sync.RETRYING, head.last_error if head else ""
    return Sync.SENDING, ""


def _next_try_in(lane: Lane) -> float | None:
    if lane.due_at is None or lane.lease_token is not None:
        return None
    return max(0.0, (lane.due_at - database_now()).total_seconds())
