"""Queues: each is worked on by a django-q2 cluster of its own, which the supervisor looks after."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


def nothing_left(worker_id: UUID) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What a supervisor must know of a queue; all it asks is read from the database."""

    #: In the settings: `Q_CLUSTER["name"]`, or one of its `ALT_CLUSTERS`.
    name: str
    #: Queue tasks for work that is due; called every few seconds, since a queue may lose tasks.
    sweep: Callable[[], None]
    #: Since when there has been work that nobody does; None where there is none.
    overdue_since: Callable[[], datetime | None]
    #: The last sign of life of this queue's tasks in the worker of that id; None: never.
    alive_at: Callable[[UUID], datetime | None]
    #: Clear away what tasks of a cluster that is gone have left behind for that worker.
    clear_away: Callable[[UUID], None] = nothing_left


_queues: dict[str, Queue] = {}


def register(queue: Queue) -> None:
    """Called by an app when it is ready."""
    _queues[queue.name] = queue


def queues() -> Iterable[Queue]:
    return _queues.values()
