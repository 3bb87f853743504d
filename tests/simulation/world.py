"""A world for one history: who acts in it, the remote, and what is known of both."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from outbox.conf import outbox_conf
from outbox.draining import drain_once
from tests.simulation.actors import FAR, Actor, Scheduler
from tests.simulation.clock import Clock
from tests.simulation.database import DatabaseGone, Databases
from tests.simulation.history import History
from tests.simulation.model import Model
from tests.simulation.remote import Fate, Remote, SimulatedConnector
from tests.simulation.staging import DESTINATION, Circumstances, Stage
from tests.simulation.watching import Watch

MOST_DRAINS: Final = 3


class World:
    def __init__(self, databases: Databases, circumstances: Circumstances) -> None:
        self.databases = databases
        self.clock = databases.clock = Clock()
        databases.empty()
        self.history = History(self.clock)
        self.scheduler = databases.scheduler = Scheduler(self.clock, databases.observer)
        self.model = Model()
        #: Of all that is left to chance: seeded anew before each step.
        self.rng = random.Random(0)
        #: Wake-ups that django-q2 would carry to workers.
        self.queue: list[str] = []
        #: Which process each lease was given to.
        self.holders: dict[uuid.UUID, Actor] = {}
        self.is_closed = False
        #: From when to when, in elapsed seconds, the destination was seen to be closed.
        self._closures: list[tuple[float, float]] = []
        self._started = 0
        self._stage = Stage(
            circumstances, self.scheduler, databases, self.rng, self.queue, self.holders
        )
        self.remote = Remote(
            scheduler=self.scheduler,
            history=self.history,
            rng=self.rng,
            grace=outbox_conf().grace,
            fates=[Fate.APPLIED, Fate.APPLIED, *circumstances.fates],
            keeps_keys=circumstances.keeps_keys,
        )
        self.remote.watch = Watch(
            self.scheduler, self.history, self.model, self.remote, self.holders
        )
        SimulatedConnector.remote = self.remote
        self.clock.before = self._before_time_passes

    def close(self) -> None:
        """Nothing of this history reaches into the next."""
        self.clock.before = lambda elapsed: None
        for actor in [*self.scheduler.actors]:
            if actor.parent is None:
                self._end(actor)
        self._stage.clear()

    def start(self, name: str, work: Callable[[], Any]) -> Actor:
        self._started += 1
        actor = self.scheduler.start(f"{name} {self._started}", work, self.databases.lend())
        self.history.tell(f"{actor} starts")
        return actor

    def start_drain(self) -> Actor:
        return self.start("drain", lambda: drain_once(DESTINATION, seconds=outbox_conf().drain))

    def drains(self) -> list[Actor]:
        actors = self.scheduler.actors
        return [one for one in actors if one.parent is None and one.name.startswith("drain")]

    def go_on(self, actor: Actor, *, steps: int = FAR, news: Any = None) -> None:
        """Where it waits for a reply, it is answered."""
        if actor.wire is not None and actor.wire.is_deadly and not self.remote.is_well:
            self.crash(actor.process)
            return
        self.scheduler.go_on(actor, steps=steps, news=news)
        if actor.is_over:
            self._part_with(actor)
        elif steps < FAR:
            self.history.tell(f"{actor} stands before {actor.at}")

    def crash(self, process: Actor) -> None:
        self.history.tell(f"{process} crashes before {process.at}")
        self.remote.abandon(process)
        self._end(process)

    def open_for(self, *, since: datetime) -> float:
        """Seconds in which the destination was open."""
        start = self.clock.at(since)
        closed = sum(end - max(start, begin) for begin, end in self._closures if end > start)
        return self.clock.elapsed() - start - closed

    def _before_time_passes(self, until: float) -> None:
        self.remote.let_pass(until)
        if self.is_closed:
            self._closures.append((self.clock.elapsed(), until))

    def _end(self, process: Actor) -> None:
        self.scheduler.kill(process)
        self._part_with(process)

    def _part_with(self, actor: Actor) -> None:
        if actor.parent is None:
            self.databases.take_back(actor.database)
            if not actor.is_dying:
                self._stage.streaks.hand_on(actor)
        if actor.error is not None and not isinstance(actor.error, DatabaseGone):
            self.history.tell(f"{actor} failed: {actor.error!r}")
            raise actor.error
