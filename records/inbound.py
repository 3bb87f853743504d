"""Inbound: what a remote decides comes back with its acknowledgements."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from outbox.conf import destination as configured
from outbox.models import Lane, Priority
from outbox.signals import acknowledged
from records.actions import receive_remote_values
from records.actions.edit import locked
from records.cleaning import clean
from records.context import EditContext, Source
from records.errors import RecordError, RecordMissing
from records.registry import RecordType, record_type

logger = logging.getLogger(__name__)


@receiver(acknowledged)
def take_over_remote_values(lane_ids: Sequence[int], **kwargs: Any) -> None:
    by_type: dict[str, list[Lane]] = defaultdict(list)
    for lane in Lane.objects.filter(pk__in=lane_ids):
        by_type[lane.record_type].append(lane)
    for name, lanes in by_type.items():
        for lane in _with_news(record_type(name), lanes):
            _take_over(record_type(name), lane)


def _with_news(kind: RecordType, lanes: Iterable[Lane]) -> list[Lane]:
    """The lanes whose remote said something that the record does not have; most often none."""
    told = {lane: _told(kind, lane) for lane in lanes}
    keys = [lane.key for lane, values in told.items() if values]
    if not keys:
        return []
    records = {
        record.key: record
        for record in kind.model.objects.filter(**{f"{kind.key_field}__in": keys})
    }
    return [
        lane
        for lane, values in told.items()
        if lane.key in records and values != records[lane.key].values(values)
    ]


def _told(kind: RecordType, lane: Lane) -> dict[str, Any]:
    """What the remote said last of the fields that it decides, as we would write it."""
    told: dict[str, Any] = {}
    for mapping in kind.mappings:
        if mapping.destination == lane.destination:
            told |= mapping.read_remote_owned(lane.shadow or {})
    try:
        return clean(kind, told, beside={}).values
    except RecordError as error:
        logger.error("What %s says of %s cannot be kept: %s", lane.destination, lane.key, error)
        return {}


def _take_over(kind: RecordType, lane: Lane) -> None:
    context = EditContext(
        actor=configured(lane.destination).label,
        source=Source.INBOUND,
        reference=f"acknowledgement {lane.acknowledged_sequence}",
        priority=Priority.BULK,
    )
    try:
        with transaction.atomic():
            locked(kind, lane.key)
            lane.refresh_from_db()  # under the record's lock: the newest word is kept
            receive_remote_values(
                kind, lane.key, _told(kind, lane), destination=lane.destination, context=context
            )
    except RecordMissing:
        pass  # deleted here meanwhile; the delete is on its way
    except RecordError as error:
        logger.error("What %s says of %s cannot be kept: %s", lane.destination, lane.key, error)
