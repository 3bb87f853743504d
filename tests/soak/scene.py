"""The scene: what troubles strike, and when each began and ended."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connection

from tests.processes.stack import RemoteProcess
from tests.soak.crew import Crew
from tests.soak.plan import Plan

logger = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")


@dataclass(slots=True)
class Trouble:
    """One event."""

    what: str
    detail: str
    began: datetime
    ended: datetime | None = None


@dataclass
class Scene:
    plan: Plan
    remote: RemoteProcess
    crew: Crew
    #: Set when the troubles are to end.
    over: threading.Event = field(default_factory=threading.Event)
    troubles: list[Trouble] = field(default_factory=list)
    kills: int = 0
    replayed: int = 0

    @contextmanager
    def trouble(self, what: str, detail: str = "") -> Iterator[Trouble]:
        trouble = Trouble(what, detail, now())
        self.troubles.append(trouble)
        yield trouble
        trouble.ended = now()

    def hold(self, seconds: float) -> None:
        """For so long, or until the troubles are to end."""
        self.over.wait(seconds)

    def set_faults(self, **faults: Any) -> None:
        """Of the remote, beside what it is like anyway."""
        self.remote.set_faults(**{"forgetful": self.plan.forgetful} | faults)

    def start_remote(self) -> None:
        self.remote.start()
        self.crew.own.add(self.remote.process.pid)
        self.set_faults()


def now() -> datetime:
    return datetime.now(UTC)


def patiently(do: Callable[[], ResultT], *, seconds: float = 60) -> ResultT:
    """Through a database that goes away: once more, on a new connection."""
    give_up_at = time.monotonic() + seconds
    while True:
        try:
            return do()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.2)
