"""Draining: claim, deliver and settle the due lanes of one destination until there are none."""

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from django.db import InterfaceError, OperationalError, connection

from outbox.claiming import ClaimedLane, claim, claim_solo, claimable, recover_expired
from outbox.clock import database_now, elapsed
from outbox.conf import destination as configured
from outbox.conf import outbox_conf
from outbox.connectors.base import Connector
from outbox.connectors.errors import Misconfigured, Rejected, Unavailable
from outbox.delivery import LaneOutcome, deliver_lane
from outbox.destinations import (
    Opening,
    give_back_probe,
    hold,
    opening,
    pause,
    release_hold,
)
from outbox.heartbeat import Pulse
from outbox.settling import settle
from outbox.shares import Shares
from outbox.wake import take_wake_request

logger = logging.getLogger(__name__)

# Durations in seconds.
#: Share of a drain in which lanes of dead workers go first.
SOLO_SHARE = 0.25
#: Between two looks for new work while requests are under way.
LOOK_EVERY = 0.5
#: How long a lane that is finished waits for others, to be settled with them.
GATHER = 0.015
#: Before lanes that were locked are settled again.
SETTLE_AGAIN_AFTER = 0.02
#: A drain gives up when the database has not answered for so long; its leases then run out.
DATABASE_PATIENCE = 15.0
DATABASE_AGAIN_AFTER = 0.5
#: For how long after its end a drain tries to settle lanes that others keep locked.
LOCKED_PATIENCE = 5.0


@dataclass(slots=True)
class DrainSummary:
    delivered: int = 0
    #: Lanes that stopped at a message which was not delivered.
    stopped: int = 0
    #: Time ran out before the work did.
    more: bool = False


def drain_once(destination: str, *, seconds: float, pulse: Pulse | None = None) -> DrainSummary:
    """Work on the destination for so long at most. Raises UnknownDestination."""
    target = configured(destination)
    take_wake_request(destination)
    recover_expired(destination)
    connector = target.connect()
    try:
        with ThreadPoolExecutor(target.endpoint.concurrency, "sender") as senders:
            drain = _Drain(
                destination=destination,
                connector=connector,
                senders=senders,
                pulse=pulse,
                ends_at=elapsed() + seconds,
                solo_until=elapsed() + SOLO_SHARE * seconds,
            )
            try:
                while drain.goes_on():
                    pass
            finally:
                drain.stop.set()
            return drain.summary
    finally:
        connector.close()


@dataclass(frozen=True, slots=True)
class _Sending:
    lane: ClaimedLane
    #: What it is sent under.
    opening: Opening


@dataclass(slots=True, kw_only=True)
class _Drain:
    destination: str
    connector: Connector
    senders: ThreadPoolExecutor
    pulse: Pulse | None
    ends_at: float
    solo_until: float
    summary: DrainSummary = field(default_factory=DrainSummary)
    under_way: dict[Future[LaneOutcome], _Sending] = field(default_factory=dict)
    unsettled: list[LaneOutcome] = field(default_factory=list)
    unnoted: list[tuple[LaneOutcome, Opening]] = field(default_factory=list)
    #: Senders stop before their next message.
    stop: threading.Event = field(default_factory=threading.Event)
    #: What is under way is a lane of a dead worker: nothing may go beside it.
    is_solo: bool = False
    database_away_since: float | None = None

    def goes_on(self) -> bool:
        """Take a step. False where nothing is left to do, or no time."""
        try:
            more_to_do = self._step()
        except (OperationalError, InterfaceError) as error:
            # Outcomes are kept here, and may be written while the leases last.
            self.database_away_since = self.database_away_since or elapsed()
            if elapsed() - self.database_away_since > DATABASE_PATIENCE:
                raise
            logger.warning("A statement failed; trying again: %s", error)
            connection.close()
            time.sleep(DATABASE_AGAIN_AFTER)
            return True
        self.database_away_since = None
        return more_to_do

    def _step(self) -> bool:
        over = self._is_over()
        if self.under_way:
            if not (over or self.is_solo):
                self._send_more()
        elif not over and self._begin():
            return True
        if self.under_way or self.unsettled or self.unnoted:
            self._settle_finished()
            # Lanes that somebody keeps locked are left to the next drain.
            return bool(self.under_way) or elapsed() < self.ends_at + LOCKED_PATIENCE
        self.summary.more = elapsed() >= self.ends_at
        return False

    def _begin(self) -> bool:
        """Send something while nothing is under way: solo lanes, or all others, first."""
        ways = [self._send_solo, self._send_more]
        if elapsed() > self.solo_until:
            ways.reverse()
        return any(send() for send in ways)

    def _send_solo(self) -> bool:
        now = self._opening(1, solo=True)
        lanes = claim_solo(self.destination) if now.places else []
        self.is_solo = bool(lanes)
        return self._send(lanes, now)

    def _send_more(self) -> bool:
        concurrency = self.connector.endpoint.concurrency
        now = self._opening(concurrency - len(self.under_way), solo=False)
        self.is_solo = False
        shares = Shares(
            concurrency=concurrency if now.generation == 0 else 1,  # a probe
            bulk_under_way=sum(sending.lane.is_bulk for sending in self.under_way.values()),
        )
        return self._send(claim(self.destination, now.places, shares), now)

    def _opening(self, wanted: int, *, solo: bool) -> Opening:
        now = opening(
            self.destination,
            wanted,
            due=claimable(self.destination, database_now(), solo=solo),
            probe_for=self.connector.endpoint.deadline,
        )
        if now.is_paused:
            self.stop.set()
        return now

    def _send(self, lanes: Sequence[ClaimedLane], now: Opening) -> bool:
        grace = outbox_conf().grace
        for lane in lanes:
            sending = self.senders.submit(
                deliver_lane, lane, self.connector, grace=grace, stop=self.stop
            )
            self.under_way[sending] = _Sending(lane, now)
        if now.places and now.generation and not lanes:  # it was a probe
            give_back_probe(self.destination, now)
        return bool(lanes)

    def _settle_finished(self) -> None:
        if not self.under_way:
            time.sleep(SETTLE_AGAIN_AFTER)
        done, others = wait(self.under_way, LOOK_EVERY, FIRST_COMPLETED)
        if done and others:
            # A round of statements costs the same for one lane as for many.
            done = wait(self.under_way, GATHER).done
        finished = [(future.result(), self.under_way.pop(future).opening) for future in done]
        self.unnoted += finished
        self.unsettled += [outcome for outcome, _ in finished]
        self.unsettled = settle(self.unsettled)
        while self.unnoted:
            self._take_note(*self.unnoted[0])
            del self.unnoted[0]

    def _take_note(self, outcome: LaneOutcome, sent_under: Opening) -> None:
        """What one lane's outcome says of the destination as a whole."""
        error = outcome.stopped_by.error if outcome.stopped_by else None
        self.summary.delivered += len(outcome.delivered)
        self.summary.stopped += error is not None
        if sent_under.generation and (outcome.delivered or isinstance(error, Rejected)):
            release_hold(self.destination)
        if isinstance(error, Misconfigured):
            pause(self.destination, by="outbox", because=error.detail)
        elif isinstance(error, Unavailable):
            hold(
                self.destination,
                generation=sent_under.generation,
                because=error.detail,
                retry_after=error.retry_after,
            )

    def _is_over(self) -> bool:
        if self.pulse is not None:
            self.pulse.beat()
        if elapsed() >= self.ends_at or (self.pulse is not None and self.pulse.stopping):
            self.stop.set()
        return self.stop.is_set()
