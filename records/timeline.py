"""The timeline of a record: each edit, and each try to deliver it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F

from outbox.conf import label_of
from outbox.models import Attempt, Lane, Message
from records.models import Change
from records.registry import RecordType


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One edit on its way to one destination."""

    label: str
    message: Message
    attempts: Sequence[Attempt]

    @property
    def seconds(self) -> float | None:
        """From the edit to the acknowledgement; None until then."""
        if self.message.ended_at is None:
            return None
        return (self.message.ended_at - self.message.created_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    change: Change
    deliveries: Sequence[Delivery]
    #: It has none, but may have had: what has ended is not kept for ever.
    is_forgotten: bool = False


#: Edits that a timeline goes back.
NEWEST = 50


def timeline(record_type: RecordType, key: str, *, newest: int = NEWEST) -> list[Entry]:
    """The last edits of a key, newest first; those of a deleted record of that key too."""
    changes = list(
        Change.objects.filter(record_type=record_type.name, key=key).order_by("-at", "-version")[
            :newest
        ]
    )
    deliveries = _deliveries([change.id for change in changes])
    are_forgotten = len(deliveries) < len(changes) and _lacks_messages(record_type, key)
    return [
        Entry(
            change=change,
            deliveries=deliveries[change.id],
            is_forgotten=are_forgotten and not deliveries[change.id],
        )
        for change in changes
    ]


def _deliveries(edit_ids: Sequence[UUID]) -> dict[UUID, list[Delivery]]:
    messages = (
        Message.objects.filter(edit_id__in=edit_ids)
        .select_related("lane")
        .prefetch_related("attempt_set")
        .order_by("lane__destination", "sequence")
    )
    found: dict[UUID, list[Delivery]] = defaultdict(list)
    for message in messages:
        found[message.edit_id].append(
            Delivery(
                label=label_of(message.lane.destination),
                message=message,
                attempts=list(message.attempt_set.all()),
            )
        )
    return found


def _lacks_messages(record_type: RecordType, key: str) -> bool:
    """Whether some have been deleted: a lane's sequence has no gaps."""
    lanes = Lane.objects.filter(record_type=record_type.name, key=key)
    return lanes.annotate(kept=Count("messages")).filter(kept__lt=F("last_sequence")).exists()
