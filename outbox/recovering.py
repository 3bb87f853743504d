"""Recovering: take lanes back from drains that died."""

import logging
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from outbox.clock import DatabaseNow, database_now_in, elapsed
from outbox.conf import destination as configured
from outbox.conf import outbox_conf
from outbox.connectors.base import Endpoint
from outbox.models import Attempt, Death, Lane, Message, Outcome, State

logger = logging.getLogger(__name__)

#: Seconds that a drain takes for lanes of dead drains before it sends anything.
PATIENCE: Final = 5.0


def recover_expired(destination: str, *, seconds: float = PATIENCE) -> int:
    """Take lanes back from drains that died, for so long at most; returns how many.

    What they may have sent is unknown: it keeps its key and bytes, and is sent alone from now on.
    """
    endpoint, ends_at, recovered = configured(destination).endpoint, elapsed() + seconds, 0
    while some := _recover_some(destination, endpoint):
        recovered += some
        if elapsed() >= ends_at:
            break
    return recovered


def _recover_some(destination: str, endpoint: Endpoint) -> int:
    expired = Lane.objects.due(destination).filter(lease_token__isnull=False)
    if not expired.exists():  # most often; a read takes no lock
        return 0
    with transaction.atomic():
        lanes = list(expired.select_for_update(skip_locked=True, no_key=True)[:100])
        for lane in lanes:
            _mark_unknown(lane, endpoint)
    return len(lanes)


def _mark_unknown(lane: Lane, endpoint: Endpoint) -> None:
    logger.warning("A worker died while it held the lane %s; resuming.", lane)
    messages = list(
        lane.messages.to_send()
        .filter(sequence__gte=lane.head_sequence, sequence__lte=lane.claimed_through)
        .order_by("sequence")
    )
    Attempt.objects.bulk_create(
        Attempt(
            message=message,
            number=message.attempts + 1,
            started_at=DatabaseNow(),
            outcome=Outcome.UNKNOWN,
            error="The worker died; whether the remote has applied this is unknown.",
        )
        for message in messages
    )
    lane.messages.filter(pk__in=[message.pk for message in messages]).update(
        attempts=F("attempts") + 1, maybe_applied=True
    )
    changes: dict[str, Any] = {
        "lease_token": None,
        "unknown_through": max(lane.unknown_through, min(lane.claimed_through, lane.last_sequence)),
        # What comes first may carry others; it is claimed by itself.
        "head_sequence": messages[0].sequence if messages else lane.head_sequence,
        "solo": True,
        "due_at": database_now_in(endpoint.unclear_for),
    }
    if lane.solo and messages:  # nothing else was under way: this message is to blame
        changes |= _blame(messages[0])
    Lane.objects.filter(pk=lane.pk).update(**changes)


def _blame(message: Message) -> dict[str, Any]:
    """Count the crash; what becomes of the lane where the message has had its last chance."""
    crashes = message.crashes + 1
    values: dict[str, Any] = {"crashes": crashes}
    dies = crashes >= outbox_conf().crash_limit
    if dies:
        values |= {
            "state": State.DEAD,
            "died_of": Death.CRASHED,
            "ended_at": DatabaseNow(),
            "last_error": f"{crashes} workers died while this message was with them, and no other.",
        }
    Message.objects.filter(pk=message.pk).update(**values)
    return {"blocked_by": message, "due_at": None} if dies else {}
