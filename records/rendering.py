"""Rendering records for the outbox, which asks for them as they are now and knows none of them."""

from typing import Final

from outbox.recording import Draft
from outbox.rendering import CannotRender
from records.actions.locking import locked
from records.context import EditContext, Source
from records.errors import RecordMissing, RemoteCannotTake
from records.forwarding import draft_of_whole
from records.registry import UnknownRecordType, record_type

#: Whoever asks puts in who wants it sent, and why.
CONTEXT: Final = EditContext(actor="outbox", source=Source.COMMAND)


def render_now(destination: str, type_name: str, key: str) -> Draft | None:
    """The record as a whole, locked until the transaction ends; see `outbox.rendering`."""
    try:
        kind = record_type(type_name)
        record = locked(kind, key)
    except UnknownRecordType as error:
        raise CannotRender(str(error)) from error
    except RecordMissing:
        return None
    for mapping in kind.mappings:
        if mapping.destination == destination and mapping.applies_to(record):
            try:
                return draft_of_whole(kind, record, mapping, CONTEXT)
            except RemoteCannotTake as error:
                raise CannotRender(str(error)) from error
    return None
