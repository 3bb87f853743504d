"""The state machine: what may happen in a history, in any order, and what must hold throughout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial, wraps
from typing import Any, ClassVar, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from outbox.conf import DeadHead
from outbox.destinations import pause, resume
from outbox.discarding import discard
from outbox.models import DestinationState, Lane, Message, State
from outbox.replaying import CannotReplay, replay
from outbox.sweeping import sweep
from records.actions import Edit
from tests.simulation.actors import FAR, TO_A_BOUNDARY, Actor
from tests.simulation.database import DatabaseGone, Databases
from tests.simulation.edits import Change, transact
from tests.simulation.invariants import (
    Snapshot,
    broken_between,
    broken_in,
    miscounted_tries,
    not_converged,
    too_fast,
)
from tests.simulation.remote import DEADLY_WORD, REFUSED_WORD, Fate
from tests.simulation.staging import DESTINATION, Circumstances
from tests.simulation.world import MOST_DRAINS, World

KEYS: Final = ["A", "B", "C"]
#: Seconds: a moment, a backoff, a deadline, a lease, a hold, longer than messages are tried.
SPANS: Final = [0.05, 1, 1, 6, 21, 66, 66, 700, 4000]

#: One of those that could be taken.
which = st.integers(0, 11)
#: How far somebody goes on.
STEPS: Final = [1, 3, 8, TO_A_BOUNDARY, TO_A_BOUNDARY, TO_A_BOUNDARY, FAR, FAR, FAR]
steps = st.sampled_from(STEPS)


def change(key: str) -> st.SearchStrategy[Change]:
    value = st.integers(0, 99).map(str)
    values = st.one_of(
        st.fixed_dictionaries({"city": value}),
        st.fixed_dictionaries({"city": value}),
        st.fixed_dictionaries({"name": value}),
        st.fixed_dictionaries({"notes": st.sampled_from(["", REFUSED_WORD, DEADLY_WORD])}),
        st.none(),
    )
    is_undone = st.sampled_from([False, False, False, True])
    return st.builds(Change, key=st.just(key), values=values, is_undone=is_undone)


#: Of one transaction; records in the order of their keys, as everybody locks them.
changes = st.lists(st.sampled_from(KEYS), min_size=1, max_size=2, unique=True).flatmap(
    lambda keys: st.tuples(*[change(key) for key in sorted(keys)])
)
#: What others do after a step: nothing, or as a generator of random numbers says with this seed.
meanwhile = st.integers(0, 2**16)


def happens(**arguments: Any) -> Callable[..., Any]:
    """A rule, after which others go on for a while."""

    def wrap(method: Callable[..., None]) -> Any:
        @rule(**arguments, meanwhile=meanwhile)
        @wraps(method)
        def step(self: Simulation, meanwhile: int, **values: Any) -> None:
            self.world.rng.seed(meanwhile)
            method(self, **values)
            if meanwhile:
                self.others_go_on()

        return step

    return wrap


def replay_or_give_up(message_id: str) -> None:
    """What an operator does who wants a lane to go on."""
    try:
        replay(Message.objects.get(pk=message_id), by="bob")
    except CannotReplay:
        give_up(message_id)


def replay_if_possible(message_id: str) -> None:
    with suppress(CannotReplay):
        replay(Message.objects.get(pk=message_id), by="bob")


def give_up(message_id: str) -> None:
    discard(Message.objects.get(pk=message_id), by="bob", because="It is of no use.")


class Simulation(RuleBasedStateMachine):
    databases: ClassVar[Databases]

    world: World
    #: What was committed when somebody was last let on.
    seen: Snapshot
    has_begun = False

    @initialize(
        concurrency=st.integers(1, 3),
        claim_depth=st.sampled_from([1, 3, 20]),
        merge=st.booleans(),
        batch=st.sampled_from([1, 1, 3]),
        dead_head=st.sampled_from(DeadHead),
        keeps_keys=st.sampled_from([True, True, True, False]),
        streak=st.sampled_from([10, 10, 2]),
        rate=st.sampled_from([None, None, None, None, 2]),
        fates=st.lists(st.sampled_from(Fate), max_size=4),
        first=st.lists(changes, min_size=1, max_size=3),
    )
    def begin(self, first: list[list[Change]], **circumstances: Any) -> None:
        self.world = World(self.databases, Circumstances(**circumstances))
        self.has_begun = True
        self.commits_seen = self.databases.commits
        self.seen = Snapshot.take(self.world)
        for some in first:
            self._finish(self._start_edit(some, bulk=False, commits=True))

    # What people do

    @happens(some=changes, bulk=st.booleans())
    def edit(self, some: list[Change], bulk: bool) -> None:
        self._let(self._start_edit(some, bulk=bulk, commits=True), FAR)

    @happens(some=changes, commits=st.sampled_from([True, True, False]), how_far=steps)
    def begin_edit(self, some: list[Change], commits: bool, how_far: int) -> None:
        """A transaction that may stay open, while others begin and commit before it."""
        self._let(self._start_edit(some, bulk=False, commits=commits), how_far)

    @happens(how_far=steps)
    def pause_or_resume(self, how_far: int) -> None:
        if self.seen.is_paused:
            self._operate("resume", lambda: resume(DESTINATION), how_far)
        else:
            self._operate("pause", lambda: pause(DESTINATION, by="bob", because="."), how_far)

    @precondition(lambda self: self._dead())
    @happens(n=which, how_far=steps)
    def replay_one(self, n: int, how_far: int) -> None:
        dead = self._dead()
        self._operate("replay", partial(replay_if_possible, dead[n % len(dead)]), how_far)

    @precondition(lambda self: self._dead())
    @happens(n=which, how_far=steps)
    def discard_one(self, n: int, how_far: int) -> None:
        dead = self._dead()
        self._operate("discard", partial(give_up, dead[n % len(dead)]), how_far)

    # What workers do

    @precondition(lambda self: len(self.world.drains()) < MOST_DRAINS)
    @happens(how_far=steps)
    def start_drain(self, how_far: int) -> None:
        self._let(self.world.start_drain(), how_far)

    @happens()
    def sweep(self) -> None:
        self._operate("sweep", sweep, FAR)

    @happens()
    def go_on(self) -> None:
        """Nothing else happens."""

    # What goes wrong

    @precondition(lambda self: self.world.scheduler.actors)
    @happens(n=which)
    def crash(self, n: int) -> None:
        actors = self.world.scheduler.actors
        self.world.crash(actors[n % len(actors)].process)

    @precondition(lambda self: self._about_to_use_the_database())
    @happens(n=which, was_done=st.booleans())
    def cut_connection(self, n: int, was_done: bool) -> None:
        """A statement fails, or its result is never heard of."""
        actors = self._about_to_use_the_database()
        self._let(actors[n % len(actors)], FAR, news=DatabaseGone(was_done=was_done))

    @happens(span=st.sampled_from(SPANS))
    def pass_time(self, span: float) -> None:
        self.world.history.tell(f"{span} s pass")
        self.world.clock.pass_time(span)
        if span > 60 and self.seen.is_paused:  # somebody sees to it
            self._operate("resume", lambda: resume(DESTINATION), FAR)

    @precondition(lambda self: self.world.queue)
    @happens()
    def lose_the_queue(self) -> None:
        self.world.queue.clear()

    # The end

    def teardown(self) -> None:
        if not self.has_begun:
            return
        try:
            if sys.exc_info()[0] is None:
                self._become_quiet()
        finally:
            self.world.close()

    def _become_quiet(self) -> None:
        """The remote is well, time passes, what is dead is replayed: then all must be there."""
        world = self.world
        world.remote.is_well = True
        world.history.tell("Everything is well again.")
        self._let_all_finish()
        for _ in range(60):
            if not self._unsettled():
                break
            self._next_round()
        else:
            self._require([f"It does not become quiet: {self._unsettled()}"])
        world.clock.pass_time(60)  # what is late takes effect
        world.history.require_whole()
        self._require(not_converged(world))
        self._require(miscounted_tries(world))
        self._require(too_fast(world))

    def _next_round(self) -> None:
        world = self.world
        if self.seen.is_paused:
            self._finish(world.start("resume", lambda: resume(DESTINATION)))
        for message_id in self._dead():
            self._finish(world.start("replay", partial(replay_or_give_up, message_id)))
        due = Lane.objects.filter(due_at__isnull=False).order_by("due_at").first()
        state = DestinationState.objects.first()
        if due is not None and due.due_at is not None:
            world.clock.pass_until(world.clock.at(due.due_at) + 0.01)
        if state is not None and state.held_until is not None:
            world.clock.pass_until(world.clock.at(state.held_until) + 0.01)
        # All wake-ups may have been lost: the sweep finds what is due.
        world.queue.clear()
        world.clock.pass_time(10)
        self._finish(world.start("sweep", sweep))
        if due is not None and not world.queue:
            self._require([f"Nobody is woken for the lane {due.key}."])
        world.start_drain()
        self._let_all_finish()

    def _let_all_finish(self) -> None:
        for _ in range(2000):
            if not self.world.scheduler.actors:
                return
            for actor in self.world.scheduler.runnable():
                if not actor.is_over:
                    self._let(actor, FAR)
        self._require([f"{self.world.scheduler.actors[0]} never ends."])

    def _unsettled(self) -> list[str]:
        open_ones = Message.objects.filter(state__in=[State.PENDING, State.DEAD])
        return [f"{message} is {message.state}" for message in open_ones]

    # How that is done

    def others_go_on(self) -> None:
        """Who waits for the remote is answered; a wake-up, or some time, starts a drain."""
        world, rng = self.world, self.world.rng
        for _ in range(rng.randrange(1, 7)):
            if not world.scheduler.actors:
                world.clock.pass_time(rng.choice([0, 1, 4]))
            is_wanted = world.queue or (not world.scheduler.actors and self.seen.is_due(world))
            if is_wanted and len(world.drains()) < MOST_DRAINS and rng.random() < 0.5:
                world.queue[:1] = []
                world.start_drain()
            if actors := world.scheduler.runnable(also_waiting=rng.random() < 0.2):
                self._let(rng.choice(actors), rng.choice(STEPS))

    def _start_edit(self, some: Iterable[Change], *, bulk: bool, commits: bool) -> Actor:
        changes = list(some)
        made: list[Edit] = []
        actor = self.world.start(
            f"edit of {', '.join(map(str, changes))}{'' if commits else ', rolled back,'}",
            lambda: transact(changes, made, bulk=bulk, commits=commits),
        )
        actor.has_committed = lambda: self.world.model.commit(made)
        return actor

    def _operate(self, name: str, work: Callable[[], Any], how_far: int) -> None:
        self._let(self.world.start(name, work), how_far)

    def _let(self, actor: Actor, how_far: int, news: Any = None) -> None:
        """Let it go on, and see whether everything holds."""
        world = self.world
        world.go_on(actor, steps=how_far, news=news)
        world.history.require_whole()
        if self.databases.commits == self.commits_seen:
            return
        self.commits_seen = self.databases.commits
        before, self.seen = self.seen, Snapshot.take(world)
        world.is_closed = self.seen.is_closed
        if self.seen.messages.keys() - world.model.payloads.keys():
            world.model.adopt_resends()
        self._require(broken_in(self.seen, world))
        self._require(broken_between(before, self.seen, world, actor))

    def _finish(self, actor: Actor) -> None:
        """Nobody else is there who could be in its way."""
        self._let(actor, FAR)
        if not actor.is_over:
            self._require([f"{actor} does not end."])

    def _about_to_use_the_database(self) -> list[Actor]:
        return [actor for actor in self.world.scheduler.actors if actor.at_statement]

    def _dead(self) -> list[str]:
        """Ids of messages."""
        return [
            id_ for id_, message in self.seen.messages.items() if message["state"] == State.DEAD
        ]

    def _require(self, broken: Iterable[str]) -> None:
        for text in broken:
            self.world.history.note(text)
        self.world.history.require_whole()
