"""Staging: what the application has of time, threads, chance and settings is replaced."""

from __future__ import annotations

import logging
import random
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

import pytest
from django.conf import settings

from outbox import crash_points, draining, leasing, retry_policy, streaks, wake
from outbox import senders as outbox_senders
from outbox.conf import DeadHead
from tests.simulation import clock as simulated_clock
from tests.simulation.actors import Actor, Scheduler
from tests.simulation.database import Databases
from tests.simulation.remote import DEADLINE, Fate
from tests.simulation.senders import Senders

DESTINATION: Final = "erp"
#: Durations, in seconds, that histories are long enough for.
CONF: Final = {
    "lease": 60,
    "grace": 5,
    "drain": 20,
    "backoff_longest": 600,
    "dead_after": 3600,
}


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What differs from one history to another, apart from what happens in it."""

    #: What the remote does besides applying what it is sent, each as likely as the other.
    fates: Sequence[Fate]
    #: Whether it knows an idempotency key when it comes again.
    keeps_keys: bool
    concurrency: int
    claim_depth: int
    merge: bool
    batch: int
    dead_head: DeadHead
    rate: float | None
    #: Lanes in a row that must fail, or be refused, before the destination is to blame.
    streak: int


class Stage:
    def __init__(
        self,
        circumstances: Circumstances,
        scheduler: Scheduler,
        databases: Databases,
        rng: random.Random,
        queue: list[str],
        holders: dict[uuid.UUID, Actor],
    ) -> None:
        self._scheduler = scheduler
        self._queue = queue
        self._holders = holders
        self._patch = pytest.MonkeyPatch()
        self.streaks = StreaksOfProcesses(scheduler)
        simulated_clock.install(scheduler.clock, self._patch)
        self._replace_threads(Senders(scheduler, databases))
        self._replace_chance(rng)
        self._replace_settings(circumstances)

    def clear(self) -> None:
        self._patch.undo()

    def _replace_threads(self, senders: Senders) -> None:
        patch = self._patch
        patch.setattr(outbox_senders, "ThreadPoolExecutor", senders.pool)
        patch.setattr(draining, "wait", senders.wait)
        patch.setattr(draining, "time", SimpleNamespace(sleep=senders.sleep))
        patch.setattr(wake, "async_task", self._enqueue)
        patch.setattr(wake, "_quiet_until", 0.0)
        real_point = crash_points.crash_point
        for module in list(sys.modules.values()):
            if getattr(module, "crash_point", None) is real_point:
                patch.setattr(module, "crash_point", self._crash_point)

    def _replace_chance(self, rng: random.Random) -> None:
        self._patch.setattr(retry_policy, "random", rng)
        tokens = SimpleNamespace(uuid4=self._new_token, UUID=uuid.UUID)
        self._patch.setattr(leasing, "uuid", tokens)

    def _replace_settings(self, circumstances: Circumstances) -> None:
        patch = self._patch
        patch.setattr(logging.root.manager, "disable", logging.CRITICAL)
        patch.setattr(streaks, "_streaks", self.streaks)
        patch.setattr(streaks, "FAILED", circumstances.streak)
        patch.setattr(streaks, "REFUSED", circumstances.streak)
        options = {
            "deadline": DEADLINE,
            "concurrency": circumstances.concurrency,
            "merge": circumstances.merge,
            "batch": circumstances.batch,
            "dead_head": circumstances.dead_head,
            "rate": circumstances.rate,
            "idempotent": circumstances.keeps_keys,
        }
        connector = "tests.simulation.remote.SimulatedConnector"
        patch.setitem(
            settings.DESTINATIONS,
            DESTINATION,
            {"CONNECTOR": connector, "OPTIONS": options},
        )
        for name, value in {**CONF, "claim_depth": circumstances.claim_depth}.items():
            patch.setitem(settings.OUTBOX, name, value)

    def _crash_point(self, name: str) -> None:
        # Between the look at the lease and the request lies no time: the limit that is documented.
        if name != "before_send":
            self._scheduler.pause(name, is_boundary=True)

    def _enqueue(self, task: str, destination: str, **options: Any) -> None:
        self._queue.append(destination)

    def _new_token(self) -> uuid.UUID:
        assert self._scheduler.current is not None
        token = uuid.UUID(int=len(self._holders) + 1)
        self._holders[token] = self._scheduler.current.process
        return token


class StreaksOfProcesses:
    """Each worker counts for itself; drain after drain, until it crashes."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._of: dict[Actor, streaks.Streak] = {}
        self._idle: list[streaks.Streak] = []

    def __getitem__(self, destination: str) -> streaks.Streak:
        assert self._scheduler.current is not None
        process = self._scheduler.current.process
        if process not in self._of:
            self._of[process] = self._idle.pop() if self._idle else streaks.Streak()
        return self._of[process]

    def hand_on(self, process: Actor) -> None:
        if process in self._of:
            self._idle.append(self._of.pop(process))
