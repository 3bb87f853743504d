"""The nemesis: strikes every few seconds, by the seed.

Four kinds of trouble come side by side, each kind one at a time: what each does and how long it
lasts is decided by the seed alone, whatever the others do.
"""

import logging
import random
import threading
from collections.abc import Callable, Mapping
from typing import Final

import psutil
from django.db import connection

from tests.soak import database_troubles, operators, process_troubles, remote_troubles
from tests.soak.scene import Scene

logger = logging.getLogger(__name__)

Strike = Callable[[Scene, random.Random], str]

REMOTE: Final[Mapping[Strike, int]] = {
    remote_troubles.is_down: 3,
    remote_troubles.fails: 3,
    remote_troubles.asks_for_less: 2,
    remote_troubles.loses_replies: 4,
    remote_troubles.answers_rubbish: 3,
    remote_troubles.is_slow: 3,
    remote_troubles.is_slower_than_anybody_waits: 3,
    remote_troubles.loses_the_replies_of_one_key: 2,
    remote_troubles.refuses_one_key: 9,
    remote_troubles.refuses_everybody: 2,
    remote_troubles.refuses_our_token: 1,
    remote_troubles.is_stopped_and_started: 2,
    remote_troubles.is_killed_and_started: 2,
    remote_troubles.freezes: 2,
}
PROCESSES: Final[Mapping[Strike, int]] = {
    process_troubles.one_of_a_cluster_is_killed: 8,
    process_troubles.all_of_a_worker_is_killed: 2,
    process_troubles.a_supervisor_is_killed: 1,
    process_troubles.one_is_stopped_beyond_its_lease: 6,
    process_troubles.a_worker_is_deployed_anew: 1,
    process_troubles.editors_are_killed: 2,
    process_troubles.pages_are_killed: 1,
}
OPERATORS: Final[Mapping[Strike, int]] = {
    operators.pauses: 3,
    operators.replays_the_dead: 5,
    operators.discards_a_dead_one: 2,
    operators.drains_by_hand: 2,
}


class Nemesis:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        kinds: list[tuple[str, Mapping[Strike, int], float, float]] = [
            ("remote", REMOTE, 2, 10),
            ("processes", PROCESSES, 5, 16),
            ("database", database_troubles.of_this_database(), 6, 18),
            ("operators", OPERATORS, 4, 14),
        ]
        #: What went wrong with the strikes themselves.
        self.failures: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._run, args=(name, strikes, least, most))
            for name, strikes, least, most in kinds
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Every trouble is over when this returns."""
        self._scene.over.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _run(self, kind: str, strikes: Mapping[Strike, int], least: float, most: float) -> None:
        rng = self._scene.plan.rng(kind)
        try:
            while not self._scene.over.wait(rng.uniform(least, most)):
                [strike] = rng.choices(list(strikes), list(strikes.values()))
                # Chance of its own: how much of it one strike needs, the next does not notice.
                self._strike(kind, strike, random.Random(rng.random()))
        except BaseException as error:
            logger.exception("The nemesis failed")
            self.failures.append(error)
        finally:
            connection.close()

    def _strike(self, kind: str, strike: Strike, rng: random.Random) -> None:
        what = strike.__name__.replace("_", " ")
        if kind == "remote":
            what = f"remote {what}"
        with self._scene.trouble(what) as trouble:
            try:
                trouble.detail = strike(self._scene, rng)
            except psutil.NoSuchProcess:
                trouble.detail = "it had just ended"
