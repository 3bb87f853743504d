"""Actors: what runs side by side, one at a time, each as far as the simulation lets it.

An actor is one thread of a process: an edit, a drain, one of its senders, an operator's command. It
runs until it has taken the steps it was given or has to wait. A step is a statement, a crash point,
a request. Greenlets rather than threads: nothing but the simulation decides who goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from greenlet import getcurrent, greenlet

from tests.simulation.clock import Clock

#: As many steps as it takes to come to the next boundary; to have to wait for somebody.
TO_A_BOUNDARY: Final = 0
FAR: Final = 1000
#: How long a step takes, in seconds: no two happen at the same time.
STEP: Final = 0.001


def _always() -> bool:
    return True


def _nothing() -> None:
    pass


class Crashed(BaseException):
    """The process of this actor died. Nothing catches it, and it writes nothing any more."""


class DeadlockFound(AssertionError):
    """Every actor waits for another."""


@dataclass(eq=False)
class Actor:
    name: str
    work: Callable[[], Any]
    database: BaseDatabaseWrapper
    #: The thread that started it, in the same process.
    parent: Actor | None = None
    #: Called after each of its commits.
    has_committed: Callable[[], None] = _nothing
    children: list[Actor] = field(default_factory=list)
    #: Where it stands, and what it waits for: any of these may be missing.
    at: str = "its start"
    ready: Callable[[], bool] = _always
    until: float | None = None
    wire: Any = None
    at_statement: bool = False
    steps: int = 0
    stops_at_boundaries: bool = False
    is_dying: bool = False
    is_over: bool = False
    error: Exception | None = None
    result: Any = None
    started_at: float = 0.0
    greenlet: Any = None

    def __str__(self) -> str:
        return self.name

    @property
    def process(self) -> Actor:
        return self.parent or self


class Scheduler:
    """Runs actors. `observer` is the connection of those who look on."""

    def __init__(self, clock: Clock, observer: BaseDatabaseWrapper) -> None:
        self.clock = clock
        self.observer = observer
        self.actors: list[Actor] = []
        self.current: Actor | None = None
        #: Rises with every step of anybody.
        self.steps_taken = 0
        self._here = getcurrent()

    # Of the simulation

    def start(
        self,
        name: str,
        work: Callable[[], Any],
        database: BaseDatabaseWrapper,
        parent: Actor | None = None,
    ) -> Actor:
        actor = Actor(name, work, database, parent, started_at=self.clock.elapsed())
        actor.greenlet = greenlet(lambda *_: _run(actor), parent=self._here)
        self.actors.append(actor)
        if parent is not None:
            parent.children.append(actor)
        return actor

    def runnable(self, *, also_waiting: bool = True) -> list[Actor]:
        """Who can go on now; `also_waiting`: or after the time for which they would wait."""
        now = [actor for actor in self.actors if actor.ready()]
        later = [actor for actor in self.actors if actor.until is not None and actor not in now]
        if self.actors and not now and not later:
            where = "; ".join(f"{actor} waits for {actor.at}" for actor in self.actors)
            raise DeadlockFound(where)
        return now + later if also_waiting or not now else now

    def go_on(self, actor: Actor, *, steps: int, news: Any = None) -> None:
        """Let it take so many steps; fewer where it has to wait. `news`: what it waited for.

        A boundary is where what it does comes apart: crash points, the beginning of a transaction.
        """
        if actor.until is not None and not actor.ready():
            self.clock.pass_until(actor.until)
        actor.stops_at_boundaries = steps == TO_A_BOUNDARY
        actor.steps = steps or FAR
        self._switch(actor, partial(actor.greenlet.switch, news))

    def kill(self, process: Actor) -> None:
        """The process ends here and now, with all its threads."""
        threads = [*process.children, process]
        for thread in threads:
            thread.is_dying = True
        for thread in threads:
            if thread.greenlet:  # it has begun
                self._switch(thread, partial(thread.greenlet.throw, Crashed))
            else:
                thread.is_over = True
                self._forget_finished()

    # Of actors

    def is_past(self, step: int) -> bool:
        """Whether anybody has taken a step since."""
        return self.steps_taken > step

    def pause(
        self,
        at: str,
        *,
        ready: Callable[[], bool] = _always,
        until: float | None = None,
        wire: Any = None,
        at_statement: bool = False,
        is_boundary: bool = False,
    ) -> Any:
        """A step: others may go before it. Returns what the simulation has to say."""
        actor = self.current
        if actor is None:
            return None
        if actor.is_dying:
            raise Crashed
        self.steps_taken += 1
        self.clock.pass_time(STEP)
        actor.steps -= 1
        stops = actor.steps <= 0 or (is_boundary and actor.stops_at_boundaries)
        if not stops and wire is None and until is None and ready():
            return None
        actor.at, actor.ready, actor.until, actor.wire = at, ready, until, wire
        actor.at_statement = at_statement
        news = self._here.switch()
        actor.ready, actor.until, actor.wire = _always, None, None
        actor.at_statement = False
        return news

    @contextmanager
    def looking_on(self) -> Iterator[None]:
        """Read as an onlooker, from within an actor."""
        mine = connections[DEFAULT_DB_ALIAS]
        connections[DEFAULT_DB_ALIAS] = self.observer
        try:
            yield
        finally:
            connections[DEFAULT_DB_ALIAS] = mine

    def _switch(self, actor: Actor, into: Callable[[], Any]) -> None:
        self.current = actor
        connections[DEFAULT_DB_ALIAS] = actor.database
        try:
            into()
        finally:
            self.current = None
            connections[DEFAULT_DB_ALIAS] = self.observer
        self._forget_finished()

    def _forget_finished(self) -> None:
        self.actors = [actor for actor in self.actors if not actor.is_over]


def _run(actor: Actor) -> None:
    try:
        actor.result = actor.work()
    except Crashed:
        pass
    except Exception as error:  # noqa: BLE001  whoever started it looks
        actor.error = error
    finally:
        actor.is_over = True
