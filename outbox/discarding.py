"""Discarding: a dead message is given up for good, by a person, with a reason."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from outbox.clock import DatabaseNow, database_now
from outbox.destinations import OUTBOX
from outbox.divergence import note_given_up
from outbox.models import Death, Lane, Message, Operation, State
from outbox.wake import wake_after_commit


def discard(message: Message, *, by: str, because: str) -> bool:
    """Never send it, nor what it carries, and go on with what waits behind it.

    Until a later edit of the same fields is acknowledged, the remote differs in them, and the lane
    says so. Behind a create that the remote never took, the updates are given up with it: the next
    edit sends the whole record. False where the message is not dead any more.
    """
    with transaction.atomic():
        lane = Lane.objects.select_for_update(no_key=True).get(pk=message.lane_id)
        dead = lane.messages.dead().filter(pk=message.pk).first()
        if dead is None:
            return False
        given_up = [dead, *dead.carried.pending()]
        if dead.operation == Operation.CREATE and _was_never_taken(lane, dead):
            given_up += _useless_without(lane, dead)
            last = lane.messages.filter(operation__in=[Operation.CREATE, Operation.DELETE])
            newer = last.filter(sequence__gt=max(message.sequence for message in given_up))
            lane.present = newer.filter(operation=Operation.CREATE).exists()
        _give_up(given_up, by=by, because=because)
        if lane.blocked_by_id == dead.pk:  # one that was skipped is noted already
            note_given_up(lane, given_up)
        go_on(lane, behind=dead, now=database_now())
        lane.save(update_fields=["present", "diverged", "blocked_by", "due_at", "failures"])
        wake_after_commit(lane.destination)
    return True


def discard_unwanted(lane: Lane, refused: Message, now: datetime) -> bool:
    """Give up a create that the remote never took, where the record is deleted by now.

    Needs the lock of the lane, and changes the lane without saving it. False where something of it
    may have arrived.
    """
    if refused.operation != Operation.CREATE or not _was_never_taken(lane, refused):
        return False
    deleting = _behind(lane, refused).filter(operation=Operation.DELETE).first()
    if deleting is None:
        return False
    unwanted = [refused, *_behind(lane, refused).filter(sequence__lte=deleting.sequence)]
    if any(message.was_sent for message in unwanted[1:]):
        return False
    because = "The record was deleted before the remote ever took it."
    _give_up([*unwanted, *refused.carried.pending()], by=OUTBOX, because=because)
    lane.diverged = []
    go_on(lane, behind=refused, now=now)
    return True


def go_on(lane: Lane, *, behind: Message, now: datetime) -> None:
    """The lane is not held up by this message any more."""
    if lane.blocked_by_id == behind.pk:
        lane.blocked_by, lane.failures, lane.due_at = None, 0, now


def _was_never_taken(lane: Lane, create: Message) -> bool:
    return create.died_of == Death.REFUSED and lane.shadow is None


def _useless_without(lane: Lane, create: Message) -> list[Message]:
    """The updates of a record that the remote does not have, and the delete of it."""
    waiting = []
    for message in _behind(lane, create):
        if message.operation == Operation.CREATE or message.was_sent:
            break
        waiting.append(message)
        if message.operation == Operation.DELETE:
            break
    return waiting


def _behind(lane: Lane, message: Message) -> QuerySet[Message]:
    pending = lane.messages.pending().filter(~Q(carrier=message), sequence__gt=message.sequence)
    return pending.order_by("sequence")


def _give_up(messages: Iterable[Message], *, by: str, because: str) -> None:
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(
        state=State.DISCARDED,
        ended_at=DatabaseNow(),
        discarded_by=by,
        discarded_because=because,
        carrier=None,
    )
