"""Housekeeping: what every worker clears away once a minute, a little at a time."""

from collections.abc import Callable
from typing import Final

_chores: Final[list[Callable[[], None]]] = []


def add_chore(chore: Callable[[], None]) -> None:
    """Called by an app when it is ready. Other workers may be at the same chore."""
    _chores.append(chore)


def keep_house() -> None:
    for chore in _chores:
        chore()
