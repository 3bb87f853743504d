"""What every contender can do."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, ClassVar

import psutil

from benchmarks.processes import Child
from benchmarks.stage import Stage
from benchmarks.workload import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Who delivers: so many processes, each with so many requests at once."""

    processes: int = 2
    senders: int = 10
    #: Of ours: updates of one record may leave as one; records in one request.
    merge: bool = False
    batch: int = 1
    #: Of ours: wake-ups by Redis; by the database where false.
    redis: bool = True

    @property
    def concurrency(self) -> int:
        return self.processes * self.senders


@dataclass
class Contender(ABC):
    """Starts idle processes, is given messages, and says when it is done with them."""

    name: ClassVar[str]

    stage: Stage
    #: Where requests go to.
    url: str
    log: IO[bytes]
    children: list[Child] = field(default_factory=list)

    def prepare(self) -> None:  # noqa: B027  some have none
        """Make its tables; once for a run."""

    @abstractmethod
    def start(self, crew: Crew) -> None:
        """Start the processes. They need not be ready: the warm-up waits for them."""

    @abstractmethod
    def load(self, messages: Sequence[Message]) -> None:
        """Put the messages where the processes find them, in one transaction."""

    def go(self) -> None:  # noqa: B027  some need not be told
        """Tell the processes that there is something, where nobody else does."""

    @abstractmethod
    def is_done(self) -> bool:
        """Whether all has been delivered, and everything is written down."""

    def clear(self) -> None:  # noqa: B027  some write nothing down
        """Forget what was delivered, so that each repetition finds what the first one found."""

    def processes(self) -> list[psutil.Process]:
        return [process for child in self.children for process in child.tree()]

    def require_alive(self) -> None:
        """Raises Crashed."""
        for child in self.children:
            child.require_alive()

    def stop(self) -> None:
        while self.children:
            self.children.pop().stop()

    def child(
        self, *arguments: str, env: Mapping[str, str] | None = None, piped: bool = False
    ) -> Child:
        child = Child(arguments, env or {}, log=self.log, piped=piped)
        self.children.append(child)
        return child

    def truncate(self, *tables: str) -> None:
        self.execute(f"TRUNCATE {', '.join(tables)} CASCADE")

    def execute(self, statement: str) -> None:
        with self.stage.connect() as connection:
            connection.execute(statement.encode())

    def exists(self, query: str) -> bool:
        """Whether it finds a row."""
        with self.stage.connect() as connection:
            return connection.execute(query.encode()).fetchone() is not None
