"""Thousands of histories in simulated time, each of which must keep every guarantee.

A history that breaks one is made as short as it gets, and told step by step. Its seed leads there
again: `make replay SEED=…`.
"""

import os
import random
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from outbox.connectors import elapsed as host_clock
from tests.simulation.clock import Clock
from tests.simulation.database import Databases
from tests.simulation.history import History
from tests.simulation.machine import Simulation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

#: Histories of the sample that every run takes, by database; and of each part of the long run.
SAMPLE: Final = {"sqlite": 20, "postgresql": 5}
OF_A_PART: Final = {"sqlite": 100, "postgresql": 20}
PARTS: Final = 20
STEPS: Final = 50


@pytest.fixture
def databases() -> Iterator[Databases]:
    databases = Databases(Clock())
    Simulation.databases = databases
    yield databases
    databases.close()


def test_a_sample_of_histories_keeps_every_guarantee(databases: Databases) -> None:
    explore(1, SAMPLE[databases.vendor])


def test_a_number_leads_to_the_same_histories_on_every_host(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long a host has been running, for one, says nothing."""
    told: dict[float, list[str]] = {0.0: [], 1e9: []}
    tell = History.tell
    for up_for, lines in told.items():

        def keep(history: History, text: str, lines: list[str] = lines) -> None:
            tell(history, text)
            lines.append(history.last)

        monkeypatch.setattr(History, "tell", keep)
        monkeypatch.setattr(host_clock, "time", SimpleNamespace(monotonic=lambda at=up_for: at))
        explore(1, 3)
    assert told[0.0]
    assert told[0.0] == told[1e9]


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_thousands_of_histories_keep_every_guarantee(part: int, databases: Databases) -> None:
    first = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**9))
    explore(first + part, OF_A_PART[databases.vendor])


def explore(number: int, histories: int) -> None:
    """Look at so many histories; which ones, the number says."""
    print(f"replay with: make replay SEED={number}")

    class Seeded(Simulation):
        """Hypothesis takes the seed from the class."""

    run_state_machine_as_test(
        seed(number)(Seeded),
        settings=settings(
            max_examples=histories,
            stateful_step_count=STEPS,
            phases=[Phase.generate, Phase.shrink],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
