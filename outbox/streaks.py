"""Streaks: what many lanes in a row have in common says something of the destination.

One record that fails is that record's misfortune. Where distinct lanes fail with no success
between, the destination is away, and is held; where they are all refused, our settings are wrong,
and it is paused. Each worker process counts what it has seen: no row is written for each message.
"""

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from outbox.breaker import Opening, hold, release_hold
from outbox.clock import database_now_in, elapsed
from outbox.connectors.errors import DeliveryError, Misconfigured, Rejected, Unavailable
from outbox.delivery import LaneOutcome, Undelivered
from outbox.destinations import (
    OUTBOX,
    believes_refusals,
    is_doubted,
    pause,
    pause_for_refusals,
)
from outbox.models import Death, Message
from outbox.replaying import take_back

logger = logging.getLogger(__name__)

#: So many lanes in a row make it the destination's failure.
FAILED: Final = 5
#: So many refusals make it the fault of our settings; unless they lie further apart than that, in
#: seconds.
REFUSED: Final = 10
REFUSED_WITHIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class Refusal:
    undelivered: Undelivered
    at: float


@dataclass(slots=True)
class Streak:
    #: Lanes that failed since the destination last gave a definite answer.
    failed: set[int] = field(default_factory=set)
    #: By lane, what was refused since it last took a message.
    refused: dict[int, Refusal] = field(default_factory=dict)


class Brake:
    """Stops the senders of one drain where many lanes in a row went wrong.

    Until the drain has taken note of them all: much more waits for senders than a destination that
    is away, or refuses everything, should be sent.
    """

    def __init__(self) -> None:
        self._failed = self._refused = self._unnoted = 0
        self._is_on = False
        self._lock = Lock()

    def is_on(self) -> bool:
        return self._is_on

    def note(self, outcome: LaneOutcome) -> None:
        """In a sender thread."""
        error = outcome.stopped_by.error if outcome.stopped_by else None
        with self._lock:
            self._unnoted += 1
            if outcome.delivered:
                self._failed = self._refused = 0
            if isinstance(error, Rejected):
                self._failed, self._refused = 0, self._refused + 1
            elif error is not None:
                self._failed += 1
            if _concerns_all(error) or self._failed >= FAILED or self._refused >= REFUSED:
                self._is_on = True

    def is_noted(self) -> None:
        """The drain has taken note of one more of them."""
        with self._lock:
            self._unnoted -= 1
            if self._unnoted == 0:
                self._failed = self._refused = 0
                self._is_on = False


def _concerns_all(error: DeliveryError | None) -> bool:
    return isinstance(error, Misconfigured) or _asks_to_wait(error)


def _asks_to_wait(error: DeliveryError | None) -> bool:
    return isinstance(error, Unavailable) and error.asks_to_wait


_streaks: dict[str, Streak] = defaultdict(Streak)


def forget_streaks() -> None:
    _streaks.clear()


def take_note(destination: str, outcome: LaneOutcome, sent_under: Opening) -> None:
    """What one lane's outcome says of the destination as a whole."""
    streak = _streaks[destination]
    stopped_by = outcome.stopped_by
    error = stopped_by.error if stopped_by else None
    if outcome.delivered:
        streak.failed.clear()
        streak.refused.clear()
    if sent_under.is_probe and (outcome.delivered or isinstance(error, Rejected)):
        release_hold(destination)
    if stopped_by is None:
        return
    if isinstance(error, Misconfigured):
        pause(destination, by=OUTBOX, because=error.detail)
    elif isinstance(error, Rejected):
        streak.failed.clear()  # it answers
        if error.status is not None:
            streak.refused[outcome.lane.id] = Refusal(stopped_by, elapsed())
            _doubt(destination, streak.refused)
    else:
        streak.failed.add(outcome.lane.id)
        _hold(destination, streak.failed, stopped_by.error, sent_under)


def _hold(destination: str, failed: set[int], error: DeliveryError, sent_under: Opening) -> None:
    if _asks_to_wait(error) or sent_under.is_probe or len(failed) >= FAILED:
        hold(
            destination,
            generation=sent_under.generation,
            because=error.detail,
            retry_after=error.retry_after if isinstance(error, Unavailable) else None,
        )
        failed.clear()


def _doubt(destination: str, refused: dict[int, Refusal]) -> None:
    """Kill nothing where everything is refused: what has died of it is taken back."""
    for lane_id in [lane_id for lane_id, one in refused.items() if _is_long_ago(one)]:
        del refused[lane_id]
    if len(refused) >= REFUSED and not believes_refusals(destination):
        last = list(refused.values())[-1].undelivered
        because = (
            f"{REFUSED} records in a row were refused, the last ({last.message.request.key}) with:"
            f" {last.error.detail} Nothing is given up. If the records are to blame, resume."
        )
        pause_for_refusals(destination, because=because)
    if is_doubted(destination):  # by another process, it may be; what was under way comes after
        _take_back(destination)
        refused.clear()


def _take_back(destination: str) -> None:
    """Whichever process had it refused: others may have come to fewer in a row, and stop now."""
    dead = Message.objects.dead().filter(
        lane__destination=destination,
        died_of=Death.REFUSED,
        ended_at__gt=database_now_in(-REFUSED_WITHIN),
    )
    for message in dead.select_related("lane").order_by("ended_at"):
        if not take_back(message):
            logger.error("The refusal of %s stays: it cannot be sent again.", message.lane)


def _is_long_ago(refusal: Refusal) -> bool:
    return elapsed() - refusal.at > REFUSED_WITHIN
