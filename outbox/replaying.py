"""Replaying: a dead message gets another chance."""

from django.db import transaction

from outbox.clock import DatabaseNow
from outbox.models import Death, Lane, Message, State
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
        Lane.objects.filter(pk=lane.pk).update(
            blocked_by=None,
            due_at=DatabaseNow(),
            failures=0,
            head_sequence=dead.sequence,
            priority=dead.priority,
        )
        wake_after_commit(lane.destination)
    return True
