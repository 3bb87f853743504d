"""Senders: the threads of a drain, which take what somebody waits for first.

More is given to them than they can send at once, so that none is idle while the next lanes are
claimed. Bulk work never has all of them.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

from outbox.clock import elapsed
from outbox.shares import BULK_TURN

Result = TypeVar("Result")

#: Seconds for which what waits for senders lasts. A round of statements costs about the same for
#: one lane as for many; but what waits here, no other worker can send.
AHEAD: Final = 0.1
#: Lanes, at most.
MOST_AHEAD: Final = 500


@dataclass(frozen=True, slots=True)
class _Task(Generic[Result]):
    work: Callable[[], Result]
    is_bulk: bool
    future: Future[Result] = field(default_factory=Future)

    def run(self) -> None:
        try:
            self.future.set_result(self.work())
        except BaseException as error:
            self.future.set_exception(error)
            if not isinstance(error, Exception):
                raise


class Senders(Generic[Result]):
    """`size` threads, of which bulk work has `bulk_most` at most."""

    def __init__(self, size: int, *, bulk_most: int) -> None:
        self._threads = ThreadPoolExecutor(size, "sender")
        self._bulk_free = bulk_most
        self._taken = 0
        self._waiting: deque[_Task[Result]] = deque()
        self._bulk_waiting: deque[_Task[Result]] = deque()
        self._lock = Lock()

    def __enter__(self) -> Self:
        self._threads.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._threads.__exit__(kind, error, traceback)

    def submit(self, work: Callable[[], Result], *, is_bulk: bool) -> Future[Result]:
        task = _Task(work, is_bulk)
        with self._lock:
            (self._bulk_waiting if is_bulk else self._waiting).append(task)
        self._threads.submit(self._work)
        return task.future

    def _work(self) -> None:
        """Of one thread, until nothing is left that it may do."""
        while (task := self._next()) is not None:
            try:
                task.run()
            finally:
                with self._lock:
                    self._bulk_free += task.is_bulk

    def _next(self) -> _Task[Result] | None:
        with self._lock:
            may_be_bulk = bool(self._bulk_waiting) and self._bulk_free > 0
            is_bulk_turn = (self._taken + 1) % BULK_TURN == 0
            if self._waiting and not (may_be_bulk and is_bulk_turn):
                task = self._waiting.popleft()
            elif may_be_bulk:
                self._bulk_free -= 1
                task = self._bulk_waiting.popleft()
            else:
                return None
            self._taken += 1
            return task


class Ahead:
    """How many tasks wait for senders: what they get through in a moment, at least one for each."""

    def __init__(self, size: int, *, most: int) -> None:
        self._size = size
        self._limit = most
        self._most = 0
        self._since = elapsed()

    @property
    def most(self) -> int:
        return max(self._size, self._most)

    def note(self, finished: int) -> None:
        """So many more are finished. One slow round says little: it becomes less by and by."""
        now = elapsed()
        lately = int(finished * AHEAD / max(now - self._since, 0.001))
        self._most = max(min(self._limit, lately), self._most * 3 // 4)
        self._since = now
