"""Draining: claim, deliver and settle the due lanes of one destination until there are none."""

import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from outbox.claiming import ClaimedLane, claim, claim_solo, claimable, recover_expired
from outbox.clock import elapsed
from outbox.conf import destination as configured
from outbox.conf import outbox_conf
from outbox.connectors.base import Connector
from outbox.connectors.errors import Misconfigured, Rejected, Unavailable
from outbox.delivery import LaneOutcome, deliver_lane
from outbox.destinations import Opening, hold, opening, pause, release_hold
from outbox.heartbeat import Pulse
from outbox.settling import settle
from outbox.wake import take_wake_request

#: Share of a drain that lanes of dead workers may take first, one at a time.
SOLO_SHARE = 0.25
#: Between two looks for new work while requests are under way, seconds.
LOOK_EVERY = 0.5
#: Before lanes that were locked are settled again, seconds.
SETTLE_AGAIN_AFTER = 0.02


NOTHING_SENT_YET = Opening(places=0, generation=0)


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
    connector = target.connect()
    try:
        with ThreadPoolExecutor(target.endpoint.concurrency, "sender") as senders:
            drain = _Drain(destination, connector, senders, pulse, elapsed() + seconds)
            recover_expired(destination)
            drain.run_solo(for_seconds=SOLO_SHARE * seconds)
            drain.run()
            return drain.summary
    finally:
        connector.close()


@dataclass(slots=True)
class _Drain:
    destination: str
    connector: Connector
    senders: ThreadPoolExecutor
    pulse: Pulse | None
    ends_at: float
    summary: DrainSummary = field(default_factory=DrainSummary)
    under_way: set[Future[LaneOutcome]] = field(default_factory=set)
    unsettled: list[LaneOutcome] = field(default_factory=list)
    opening: Opening = NOTHING_SENT_YET

    def run(self) -> None:
        """Keep the senders busy until nothing is due or time is over."""
        while True:
            over = self._is_over()
            if not over:
                self._send(claim(self.destination, self._places(self._free_senders(), solo=False)))
            if self.under_way or self.unsettled:
                self._settle_finished()
            elif over or not self._run_one_solo():
                self.summary.more = over
                return

    def run_solo(self, *, for_seconds: float) -> None:
        """Lanes whose drain died, one after the other, while nothing else is under way here."""
        ends_at = elapsed() + for_seconds
        while not self._is_over() and elapsed() < ends_at:
            if not self._run_one_solo():
                return

    def _run_one_solo(self) -> bool:
        lanes = claim_solo(self.destination) if self._places(1, solo=True) else []
        self._send(lanes)
        while self.under_way or self.unsettled:
            self._settle_finished()
        return bool(lanes)

    def _is_over(self) -> bool:
        if self.pulse is not None:
            self.pulse.beat()
            if self.pulse.stopping:
                return True
        return elapsed() >= self.ends_at

    def _free_senders(self) -> int:
        return self.connector.endpoint.concurrency - len(self.under_way)

    def _places(self, wanted: int, *, solo: bool) -> int:
        if wanted == 0:
            return 0
        self.opening = opening(
            self.destination,
            wanted,
            due=claimable(self.destination, solo=solo),
            probe_for=self.connector.endpoint.deadline,
        )
        return self.opening.places

    def _send(self, lanes: Sequence[ClaimedLane]) -> None:
        grace = outbox_conf().grace
        for lane in lanes:
            self.under_way.add(self.senders.submit(deliver_lane, lane, self.connector, grace=grace))

    def _settle_finished(self) -> None:
        if not self.under_way:
            time.sleep(SETTLE_AGAIN_AFTER)
        done, self.under_way = wait(self.under_way, LOOK_EVERY, FIRST_COMPLETED)
        outcomes = [future.result() for future in done]
        self.unsettled = settle(self.unsettled + outcomes)
        for outcome in outcomes:
            self._take_note(outcome)
        if self.pulse is not None:
            self.pulse.beat()

    def _take_note(self, outcome: LaneOutcome) -> None:
        """What one lane's outcome says of the destination as a whole."""
        error = outcome.stopped_by.error if outcome.stopped_by else None
        self.summary.delivered += len(outcome.delivered)
        self.summary.stopped += error is not None
        if self.opening.generation and (outcome.delivered or isinstance(error, Rejected)):
            release_hold(self.destination)
        if isinstance(error, Misconfigured):
            pause(self.destination, by="outbox", because=error.detail)
        elif isinstance(error, Unavailable):
            hold(
                self.destination,
                generation=self.opening.generation,
                because=error.detail,
                retry_after=error.retry_after,
            )
