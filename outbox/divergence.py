"""Divergence: fields in which the remote differs, since a change of them was given up.

They stand on the lane, in our names, until the remote acknowledges a later change of them.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from outbox.models import Lane, Message, Operation


def note_given_up(lane: Lane, messages: Iterable[Message]) -> None:
    """Their changes will not be sent, or not for now."""
    lane.diverged = sorted({*lane.diverged, *(name for one in messages for name in one.changes)})


def note_acknowledged(lane: Lane, message_id: UUID) -> None:
    """The remote holds what this message said, and those that it carried."""
    if not lane.diverged:
        return  # most often
    acknowledged = list(Message.objects.filter(Q(pk=message_id) | Q(carrier=message_id)))
    if any(message.is_resend or message.operation != Operation.UPDATE for message in acknowledged):
        lane.diverged = []  # it said all there is
    told = {name for message in acknowledged for name in message.changes}
    lane.diverged = [name for name in lane.diverged if name not in told]
