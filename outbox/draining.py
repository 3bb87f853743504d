"""Draining: claim, deliver and settle the due lanes of one destination until there are none."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from django.db import InterfaceError, OperationalError, connection, transaction

from outbox.acknowledging import has_news
from outbox.batching import deliver_together
from outbox.breaker import Opening, give_back_probe, opening
from outbox.claiming import claim, claim_solo
from outbox.clock import elapsed
from outbox.conf import Destination, outbox_conf
from outbox.conf import destination as configured
from outbox.delivery import Channel, LaneOutcome, deliver_lane
from outbox.heartbeat import Pulse
from outbox.leasing import ClaimedLane
from outbox.models import Lane
from outbox.rate import Allowance
from outbox.recovering import recover_expired
from outbox.senders import MOST_AHEAD, Ahead, Senders
from outbox.settling import settle
from outbox.shares import BULK_TURN, Shares, free_places
from outbox.signals import announce_acknowledged
from outbox.streaks import Brake, take_note
from outbox.wake import take_wake_request

logger = logging.getLogger(__name__)

# Durations in seconds.
#: Share of a drain in which lanes of dead workers go first.
SOLO_SHARE = 0.25
#: Between two looks for new work while requests are under way.
LOOK_EVERY = 0.5
#: How long a lane that is finished waits for others, to be settled with them.
GATHER = 0.03
#: How long, and for how many lanes, what the remote decides may wait to be taken over.
TELL_AFTER = 0.1
TELL_AT_ONCE = 100
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


def drain_once(
    destination: str,
    *,
    seconds: float,
    pulse: Pulse | None = None,
    call_another: Callable[[], None] | None = None,
) -> DrainSummary:
    """Work on the destination for so long at most. Raises UnknownDestination.

    `call_another` is called once, as soon as there is more to send than this drain can at once.
    """
    target = configured(destination)
    take_wake_request(destination)
    recover_expired(destination)
    connector = target.connect()
    allowance = Allowance(destination, target.rate)
    brake = Brake()
    channel = Channel(
        connector=connector,
        grace=outbox_conf().grace,
        stop=threading.Event(),
        take_one=allowance.take,
        is_braked=brake.is_on,
    )
    try:
        concurrency = target.endpoint.concurrency
        bulk_most = Shares(concurrency=concurrency).bulk_most
        with Senders[list[LaneOutcome]](concurrency, bulk_most=bulk_most) as senders:
            drain = _Drain(
                target=target,
                channel=channel,
                allowance=allowance,
                senders=senders,
                ahead=Ahead(concurrency, most=MOST_AHEAD // target.batch),
                brake=brake,
                pulse=pulse,
                call_another=call_another,
                ends_at=elapsed() + seconds,
                solo_until=elapsed() + SOLO_SHARE * seconds,
            )
            try:
                while drain.goes_on():
                    pass
            finally:
                channel.stop.set()
        allowance.give_back()
        return drain.summary
    finally:
        connector.close()


@dataclass(frozen=True, slots=True)
class _Sending:
    """A task of one sender."""

    lanes: Sequence[ClaimedLane]
    #: What it is sent under.
    opening: Opening


@dataclass(slots=True, kw_only=True)
class _Drain:
    target: Destination
    channel: Channel
    allowance: Allowance
    senders: Senders[list[LaneOutcome]]
    ahead: Ahead
    brake: Brake
    pulse: Pulse | None
    call_another: Callable[[], None] | None
    ends_at: float
    solo_until: float
    summary: DrainSummary = field(default_factory=DrainSummary)
    under_way: dict[Future[list[LaneOutcome]], _Sending] = field(default_factory=dict)
    unsettled: list[LaneOutcome] = field(default_factory=list)
    unnoted: list[tuple[LaneOutcome, Opening]] = field(default_factory=list)
    #: Lanes whose acknowledgements nobody was told of; and since when.
    untold: list[int] = field(default_factory=list)
    untold_since: float = 0.0
    #: Whether anything was due when it was looked at last.
    is_more_due: bool = False
    claims: int = 0
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
        if not over:
            self.allowance.refill()
        if self.under_way:
            if not (over or self.is_solo):
                self._send_more()
        elif not (over or self._has_solo_to_settle()) and self._begin():
            return True
        if self.under_way or self.unsettled or self.unnoted:
            self._settle_finished()
            self._tell(at_once=not self.under_way)
            # Lanes that somebody keeps locked are left to the next drain.
            return bool(self.under_way) or elapsed() < self.ends_at + LOCKED_PATIENCE
        if not over and self._waits_for_rate():
            time.sleep(self.allowance.ask_again_after)
            return True
        self.summary.more = elapsed() >= self.ends_at
        return False

    def _has_solo_to_settle(self) -> bool:
        """If we died with its outcome, it would be blamed for what is sent now."""
        return self.is_solo and bool(self.unsettled)

    def _begin(self) -> bool:
        """Send something while nothing is under way: solo lanes, or all others, first."""
        ways = [self._send_solo, self._send_more]
        if elapsed() > self.solo_until:
            ways.reverse()
        return any(send() for send in ways)

    def _send_solo(self) -> bool:
        now = self._opening(solo=True)
        lanes = claim_solo(self.target.name, seen=now.seen) if now.places else []
        self.is_solo = bool(lanes)
        return self._send(lanes, now)

    def _send_more(self) -> bool:
        now = self._opening(solo=False)
        self.is_solo = False
        self.claims += 1
        size = 1 if now.is_probe else self.target.batch
        senders = self.allowance.most(self._at_once())
        shares = Shares(
            concurrency=1 if now.is_probe else senders * size,
            bulk_under_way=sum(
                size for sending in self.under_way.values() if sending.lanes[0].is_bulk
            ),
            is_bulk_turn=self.claims % BULK_TURN == 0,
        )
        lanes: list[ClaimedLane] = []
        if now.places:
            lanes = claim(self.target.name, now.places * size, shares, seen=now.seen)
        self.is_more_due = bool(now.seen.waiting)
        is_sending = self._send(lanes, now)
        if len(self.under_way) >= self._at_once() and self.call_another is not None:
            self.call_another()
            self.call_another = None
        return is_sending

    def _opening(self, *, solo: bool) -> Opening:
        free = 1 if solo else self._free()
        now = opening(
            self.target.name,
            self.allowance.most(free),
            under_way=len(self.under_way),
            solo=solo,
            probe_for=self.channel.connector.endpoint.deadline,
        )
        if now.is_closed:
            self.channel.stop.set()
        return now

    def _free(self) -> int:
        bulk = sum(sending.lanes[0].is_bulk for sending in self.under_way.values())
        return free_places(
            self._at_once(),
            senders=self.target.endpoint.concurrency,
            bulk=bulk,
            interactive=len(self.under_way) - bulk,
        )

    def _at_once(self) -> int:
        """Requests that may be under way: one for each sender, and those in wait."""
        concurrency = self.target.endpoint.concurrency
        if self.target.rate:
            return concurrency
        if not self.target.endpoint.idempotent:  # what a dead drain leaves has to be looked up
            return 2 * concurrency
        return concurrency + self.ahead.most

    def _waits_for_rate(self) -> bool:
        """Whether there is something to send, and only the rate is in the way."""
        if self.allowance.most(1):
            return False
        return Lane.objects.claimable(self.target.name, solo=False).exists()

    def _send(self, lanes: Sequence[ClaimedLane], now: Opening) -> bool:
        for group in _grouped(lanes, self.target.batch):
            work = partial(_deliver, group, self.channel, self.brake)
            sending = self.senders.submit(work, is_bulk=group[0].is_bulk)
            self.under_way[sending] = _Sending(group, now)
        if now.places and now.is_probe and not lanes:
            give_back_probe(self.target.name, now)
        return bool(lanes)

    def _settle_finished(self) -> None:
        if not self.under_way:
            time.sleep(SETTLE_AGAIN_AFTER)
        done, others = wait(self.under_way, LOOK_EVERY, FIRST_COMPLETED)
        if done and others:
            # Until half of what waits is gone, so that senders have something to send meanwhile.
            concurrency = self.target.endpoint.concurrency
            waiting = len(self.under_way) - concurrency
            enough = max(concurrency, waiting // 2) if self.is_more_due else len(self.under_way)
            wait(islice(self.under_way, enough), GATHER)
        before = len(self.under_way)
        for future in [future for future in self.under_way if future.done()]:
            sending = self.under_way.pop(future)
            self.unsettled += future.result()
            self.unnoted += [(outcome, sending.opening) for outcome in future.result()]
        self.ahead.note(before - len(self.under_way))
        news = {outcome.lane.id for outcome in self.unsettled if has_news(outcome)}
        self.unsettled = settle(self.unsettled)
        self._note_untold(news - {outcome.lane.id for outcome in self.unsettled})
        while self.unnoted:
            outcome, sent_under = self.unnoted[0]
            take_note(self.target.name, outcome, sent_under)
            self.summary.delivered += len(outcome.delivered)
            self.summary.stopped += outcome.stopped_by is not None
            self.brake.is_noted()
            del self.unnoted[0]

    def _note_untold(self, lanes: Collection[int]) -> None:
        if lanes and not self.untold:
            self.untold_since = elapsed()
        self.untold += lanes

    def _tell(self, *, at_once: bool) -> None:
        """Tell of many lanes at a time what the remote said of them."""
        is_time = at_once or elapsed() - self.untold_since >= TELL_AFTER
        if self.untold and (is_time or len(self.untold) >= TELL_AT_ONCE):
            told, self.untold = self.untold, []
            transaction.on_commit(lambda: announce_acknowledged(told), robust=True)

    def _is_over(self) -> bool:
        if self.pulse is not None:
            self.pulse.beat()
        if elapsed() >= self.ends_at or (self.pulse is not None and self.pulse.stopping):
            self.channel.stop.set()
        return self.channel.stop.is_set()


def _deliver(lanes: Sequence[ClaimedLane], channel: Channel, brake: Brake) -> list[LaneOutcome]:
    """Runs in a sender thread."""
    if len(lanes) == 1:
        outcomes = [deliver_lane(lanes[0], channel)]
    else:
        outcomes = deliver_together(lanes, channel)
    for outcome in outcomes:
        brake.note(outcome)
    return outcomes


def _grouped(lanes: Sequence[ClaimedLane], size: int) -> list[list[ClaimedLane]]:
    """The lanes of each request: bulk apart from the others, and those alone that have failed."""
    groups = [[lane] for lane in lanes if lane.is_alone]
    for is_bulk in (False, True):
        together = [lane for lane in lanes if lane.is_bulk == is_bulk and not lane.is_alone]
        groups += [together[n : n + size] for n in range(0, len(together), size)]
    return groups
