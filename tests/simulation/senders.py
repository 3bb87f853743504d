"""What a drain uses threads and real time for, as actors and simulated time."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from tests.simulation.actors import Scheduler
from tests.simulation.database import Databases


class Senders:
    """What stands in for `ThreadPoolExecutor`, `wait` and `time.sleep` in a drain."""

    def __init__(self, scheduler: Scheduler, databases: Databases) -> None:
        self._scheduler = scheduler
        self._databases = databases

    def pool(self, size: int, name: str = "") -> "SenderPool":
        return SenderPool(self._scheduler, self._databases, size)

    def wait(
        self,
        futures: Iterable[Future[Any]],
        timeout: float | None = None,
        return_when: str = ALL_COMPLETED,
    ) -> "Waited":
        awaited = list(futures)  # in order, where the real one has sets: a seed tells all
        enough = any if return_when == FIRST_COMPLETED else all

        def is_enough() -> bool:
            return enough(future.done() for future in awaited)

        if not is_enough():
            until = None if timeout is None else self._scheduler.clock.elapsed() + timeout
            self._scheduler.pause("its senders", ready=is_enough, until=until)
        return Waited(
            [future for future in awaited if future.done()],
            [future for future in awaited if not future.done()],
        )

    def sleep(self, seconds: float) -> None:
        until = self._scheduler.clock.elapsed() + seconds
        self._scheduler.pause("a while", ready=lambda: False, until=until)


@dataclass
class Waited:
    done: list[Future[Any]]
    not_done: list[Future[Any]]

    def __iter__(self) -> Any:
        return iter((self.done, self.not_done))


class SenderPool:
    """So many threads at most; each ends when nothing is left for it to do."""

    def __init__(self, scheduler: Scheduler, databases: Databases, size: int) -> None:
        assert scheduler.current is not None
        self._scheduler = scheduler
        self._databases = databases
        self._owner = scheduler.current
        self._size = size
        self._started = 0
        self._waiting: deque[Callable[[], None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._owner.is_dying:
            self._scheduler.pause("the last senders", ready=self._are_all_over)

    def _are_all_over(self) -> bool:
        return not self._busy()

    def _busy(self) -> int:
        return sum(not sender.is_over for sender in self._owner.children)

    def submit(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()

        def run() -> None:
            try:
                future.set_result(work(*args, **kwargs))
            except Exception as error:  # noqa: BLE001  as in a real pool: it is the caller's
                future.set_exception(error)

        self._waiting.append(run)
        if self._busy() < self._size:
            self._started += 1
            self._scheduler.start(
                f"{self._owner}.{self._started}",
                self._work,
                self._databases.of_a_sender(),
                parent=self._owner,
            )
        return future

    def _work(self) -> None:
        while self._waiting:
            self._waiting.popleft()()
