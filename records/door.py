"""The write door: records are written inside `open_door()`, which only records/actions/ opens."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from records.errors import PastTheDoor

_is_open: ContextVar[bool] = ContextVar("write_door_is_open", default=False)


@contextmanager
def open_door() -> Iterator[None]:
    token = _is_open.set(True)
    try:
        yield
    finally:
        _is_open.reset(token)


def require_open_door(what: str) -> None:
    """Raises PastTheDoor."""
    if not _is_open.get():
        raise PastTheDoor(what)


def guard_save(sender: type[Any], **kwargs: Any) -> None:
    """Receiver of pre_save."""
    require_open_door(f"Saving a {sender.__name__}")


def guard_delete(sender: type[Any], **kwargs: Any) -> None:
    """Receiver of pre_delete."""
    require_open_door(f"Deleting a {sender.__name__}")
