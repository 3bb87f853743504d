"""A cluster is judged by its signs of life, not by its process."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from outbox import cluster, watchdog
from outbox.clock import database_now, elapsed
from outbox.queues import Queue
from outbox.watchdog import Watchdog

pytestmark = pytest.mark.django_db

#: Seconds without a sign of life, as the settings have it.
PATIENCE = 25


@pytest.fixture
def pass_seconds(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Time passes on this host's own clock."""
    passed = 0.0

    def pass_some(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    for module in (cluster, watchdog):
        monkeypatch.setattr(module, "elapsed", lambda: elapsed() + passed)
    return pass_some


Making = Callable[..., Watchdog]


@pytest.fixture
def watching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    """A watchdog with a running cluster, and what its queue says: seconds ago, or None."""
    made: list[Watchdog] = []

    def make(*, overdue: float | None, alive: float | None, runs: str = "sleep 60") -> Watchdog:
        def ago(seconds: float | None) -> Any:
            return None if seconds is None else database_now() - timedelta(seconds=seconds)

        program = tmp_path / "cluster"
        program.write_text(f"#!/bin/sh\nexec {runs}\n")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))
        queue = Queue(
            name="deliveries",
            sweep=lambda: None,
            overdue_since=lambda: ago(overdue),
            alive_at=lambda worker: ago(alive),
        )
        made.append(Watchdog(queue, uuid4()))
        made[-1].cluster.start()
        return made[-1]

    yield make
    for one in made:
        one.cluster.kill()


def test_a_cluster_that_does_nothing_about_overdue_work_is_killed_and_started_again(
    watching: Making, pass_seconds: Callable[[float], None]
) -> None:
    dog = watching(overdue=60, alive=60)
    for _ in range(2):
        pass_seconds(PATIENCE + 1)
        dog.restart_if_wedged()
    assert dog.cluster.has_exited()
    dog.keep_running()
    assert not dog.cluster.has_exited()


def test_a_cluster_that_never_showed_a_sign_of_life_is_killed_too(
    watching: Making, pass_seconds: Callable[[float], None]
) -> None:
    dog = watching(overdue=60, alive=None)
    for _ in range(2):
        pass_seconds(PATIENCE + 1)
        dog.restart_if_wedged()
    assert dog.cluster.has_exited()


@pytest.mark.parametrize(
    ("overdue", "alive"), [(60, 2), (None, None), (2, 60)], ids=["busy", "no work", "new work"]
)
def test_a_cluster_that_is_well_is_left_alone(
    watching: Making,
    pass_seconds: Callable[[float], None],
    overdue: float | None,
    alive: float | None,
) -> None:
    dog = watching(overdue=overdue, alive=alive)
    for _ in range(2):
        pass_seconds(PATIENCE + 1)
        dog.restart_if_wedged()
    assert not dog.cluster.has_exited()


def test_what_became_possible_just_now_is_waited_for(
    watching: Making, pass_seconds: Callable[[float], None]
) -> None:
    dog = watching(overdue=86400, alive=None)  # somebody has just resumed
    pass_seconds(PATIENCE + 1)
    dog.restart_if_wedged()
    assert not dog.cluster.has_exited()


def test_a_cluster_that_ends_at_once_is_started_ever_later(
    watching: Making, pass_seconds: Callable[[float], None]
) -> None:
    dog = watching(overdue=None, alive=None, runs="false")
    for pause in (1, 2, 4):
        dog.cluster.wait_or_kill(10)
        dog.keep_running()
        pass_seconds(pause - 0.5)
        dog.keep_running()
        assert dog.cluster.age > 0.4, "not yet"
        pass_seconds(1)
        dog.keep_running()
        assert dog.cluster.age < 0.4, "now"
