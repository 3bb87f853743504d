"""Refusals: what is wrong with a row, in words for whoever has the file."""

from typing import Final

from records.context import Source
from records.errors import KeyTaken, RecordError, RecordInvalid, RecordMissing, StaleRecord
from records.models import Change
from records.registry import RecordType

Problems = dict[str, list[str]]

_SINCE: Final[dict[type[RecordError], str]] = {
    StaleRecord: "changed",
    KeyTaken: "created",
    RecordMissing: "deleted",
}


def problems_of(refusal: RecordError) -> Problems:
    """Field → what is wrong with it; "" is the row as a whole."""
    if isinstance(refusal, RecordInvalid):
        return refusal.errors
    return {"": [str(refusal)]}


def late_problems_of(record_type: RecordType, key: str, refusal: RecordError) -> Problems:
    """Of a row that was right when it was checked."""
    done = _SINCE.get(type(refusal))
    if done is None:
        return problems_of(refusal)
    edits = Change.objects.filter(record_type=record_type.name, key=key)
    last = edits.exclude(source=Source.INBOUND).order_by("-at").first()
    by = f" by {last.actor}" if last else ""
    return {"": [f"This {record_type.title} was {done} since the preview{by}. It stays as it is."]}
