"""Rendering: what a record looks like now, asked of whoever keeps the records."""

from collections.abc import Callable

from outbox.recording import Draft

#: Destination, record type, key → the record as a whole, locked until the transaction ends; None
#: where there is no such record, or the destination is not to have it. Raises CannotRender.
Renderer = Callable[[str, str, str], Draft | None]


class CannotRender(Exception):
    """The record as it is now cannot be sent; the text says why."""


_renderers: list[Renderer] = []


def register(renderer: Renderer) -> None:
    """Called by the app that keeps records when it is ready."""
    _renderers[:] = [renderer]


def render_now(destination: str, record_type: str, key: str) -> Draft | None:
    """The record as it is now, as a draft of no operation in particular. Raises CannotRender."""
    if not _renderers:
        raise CannotRender("Nobody is registered who knows the records.")
    return _renderers[0](destination, record_type, key)
