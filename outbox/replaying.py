"""Replaying: a dead message gets another chance."""

from django.db import transaction

from outbox.clock import DatabaseNow
from outbox.models import Attempt, Lane, Message, Outcome, State
from outbox.wake import wake_after_commit


def replay(message: Message) -> bool:
    """Send a dead message again, as it is, and then what waits behind it.

    That keeps the order: nothing behind a dead message has been sent. After a definite refusal the
    remote is asked anew, with a new key; after an unknown outcome never. False where the message is
    not dead any more.
    """
    with transaction.atomic():
        lane = Lane.objects.select_for_update(no_key=True).get(pk=message.lane_id)
        dead = Message.objects.filter(pk=message.pk, state=State.DEAD).first()
        if dead is None:
            return False
        dead.delivery_number += _was_refused(dead)
        dead.state, dead.ended_at, dead.first_failed_at, dead.crashes = State.PENDING, None, None, 0
        dead.save(
            update_fields=["delivery_number", "state", "ended_at", "first_failed_at", "crashes"]
        )
        Lane.objects.filter(pk=lane.pk).update(
            blocked_by=None,
            due_at=DatabaseNow(),
            failures=0,
            head_sequence=dead.sequence,
            priority=dead.priority,
        )
        wake_after_commit(lane.destination)
    return True


def _was_refused(message: Message) -> bool:
    last = Attempt.objects.filter(message=message).order_by("-number").first()
    return last is not None and last.outcome == Outcome.REJECTED
