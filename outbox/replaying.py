"""Replaying: a dead message gets another chance."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Min, Q, QuerySet

from outbox.clock import database_now
from outbox.conf import destination as configured
from outbox.destinations import OUTBOX
from outbox.models import RESEND, Death, Lane, Message, Operation, Priority, State
from outbox.recording import Draft, record
from outbox.rendering import CannotRender, render_now
from outbox.wake import wake_after_commit

logger = logging.getLogger(__name__)


class CannotReplay(Exception):
    """Sending the message again makes no sense; the text says why, and what to do."""


def replay(message: Message, *, by: str) -> bool:
    """Send what a dead message was to say, as the record is now, and what waits behind it.

    After a definite refusal a new message with the record's current values is recorded at the end
    of the lane. It carries the dead one and those that cannot have arrived: old values do not
    leave once more. Where a delete waits behind the dead message, that carries it. After an unknown
    outcome the message goes as it was, with the same key and bytes, since it may have been applied.

    False where the message is not dead any more. Raises CannotReplay.
    """
    lane = message.lane
    with transaction.atomic():
        try:
            # The record's lock comes before the lane's, as for an edit.
            draft = render_now(lane.destination, lane.record_type, lane.key)
            reason = "there is no such record, or the destination is not to have it"
        except CannotRender as error:
            draft, reason = None, str(error)
        lane, dead = _locked(message)
        if dead is None:
            return False
        if lane.blocked_by is not None:
            dead = lane.blocked_by  # what holds up the lane comes first, whichever was asked for
        is_blocking = lane.blocked_by_id == dead.pk  # so nothing behind it has left
        deleting = _not_arrived(lane).filter(operation=Operation.DELETE, sequence__gt=dead.sequence)
        if is_blocking and dead.died_of != Death.REFUSED and dead.maybe_applied:
            _revive(dead)
        elif carrier := deleting.order_by("sequence").first():
            _carry(carrier, lane, [dead.pk])
        elif draft is not None:
            _carry(_resend(lane, draft, dead, by), lane, lane.messages.dead().values("pk"))
        elif is_blocking and dead.operation == Operation.DELETE:
            _revive(dead)
        else:
            raise CannotReplay(
                f"{lane.record_type} {lane.key} cannot be sent again: {reason}."
                " The message can be discarded."
            )
        _go_on(lane.pk)
    return True


def take_back(message: Message) -> bool:
    """A refusal was no verdict on the message: it is to be sent as if it had not come.

    False where that cannot be.
    """
    with transaction.atomic():
        lane, dead = _locked(message)
        if dead is None:
            return False
        if lane.blocked_by_id == dead.pk:
            _revive(dead)
            _go_on(lane.pk)
            return True
    try:
        return replay(message, by=OUTBOX)  # what waited behind it has left: not as it was
    except CannotReplay:
        return False
    except DatabaseError:
        raise
    except Exception:  # a defect in a mapping must not end a drain
        logger.exception("The message %s cannot be rendered anew.", message.pk)
        return False


def _locked(message: Message) -> tuple[Lane, Message | None]:
    """The lane; and the message, if it is still dead."""
    lane = Lane.objects.select_for_update(no_key=True).get(pk=message.lane_id)
    return lane, lane.messages.dead().filter(pk=message.pk).first()


def _revive(dead: Message) -> None:
    """As it is: with a new key after a definite refusal, after no other end."""
    dead.delivery_number += dead.died_of == Death.REFUSED
    dead.state, dead.died_of, dead.crashes = State.PENDING, "", 0
    dead.ended_at = dead.first_failed_at = None
    dead.save(
        update_fields=[
            "delivery_number",
            "state",
            "died_of",
            "crashes",
            "ended_at",
            "first_failed_at",
        ]
    )


def _resend(lane: Lane, draft: Draft, dead: Message, by: str) -> Message:
    """The record as it is now, behind all that waits in the lane."""
    [message] = record(
        [
            replace(
                draft,
                operation=Operation.UPDATE if _will_be_there(lane) else Operation.CREATE,
                edit_id=dead.edit_id,
                actor=by,
                source=RESEND,
                reference=f"replay of {dead.pk}",
                priority=Priority(dead.priority),
            )
        ]
    )
    return message


def _will_be_there(lane: Lane) -> bool:
    """Whether the remote has the record when a message at the end of the lane comes to it."""
    going = lane.messages.to_send().exclude(pk__in=_not_arrived(lane).values("pk"))
    last = going.exclude(operation=Operation.UPDATE).order_by("sequence").last()
    if last is not None:  # it may be under way
        return last.operation == Operation.CREATE
    return lane.shadow is not None  # where it has the record, it has told us its values


def _carry(carrier: Message, lane: Lane, dead: Any) -> None:
    """It says what these dead messages were to say, and what has not arrived before it."""
    before = _not_arrived(lane).filter(sequence__lt=carrier.sequence).values("pk")
    mine = Q(pk__in=dead) | Q(pk__in=before) | Q(carrier__in=dead) | Q(carrier__in=before)
    unended = lane.messages.filter(mine, state__in=[State.PENDING, State.DEAD])
    carried = dict(unended.exclude(pk=carrier.pk).values_list("pk", "priority"))
    Message.objects.filter(pk__in=carried).update(
        carrier=carrier, state=State.PENDING, died_of="", crashes=0, ended_at=None
    )
    carrier.priority = min([carrier.priority, *carried.values()])
    carrier.save(update_fields=["priority"])


def _not_arrived(lane: Lane) -> QuerySet[Message]:
    """Of those to be sent, what the remote cannot have: never sent, or refused for certain.

    Without those that a drain has at this moment.
    """
    waiting = lane.messages.to_send().filter(maybe_applied=False)
    return waiting.filter(sequence__gt=lane.claimed_through) if lane.lease_token else waiting


def _go_on(lane_id: int) -> None:
    """Nothing is in the way any more: send from the first message that is to be sent."""
    lane = Lane.objects.get(pk=lane_id)
    to_send = lane.messages.to_send()
    wait = 0.0
    if (first := to_send.order_by("sequence").first()) is not None:
        lane.head_sequence = first.sequence
        lane.priority = to_send.aggregate(least=Min("priority"))["least"]
        if first.maybe_applied:  # its last try may be at work still
            wait = configured(lane.destination).endpoint.unclear_for
    lane.blocked_by, lane.failures = None, 0
    if lane.lease_token is None:
        lane.due_at = database_now() + timedelta(seconds=wait)
    lane.save(update_fields=["head_sequence", "priority", "blocked_by", "failures", "due_at"])
    wake_after_commit(lane.destination)
