"""Inbound: what a remote decides comes back with its acknowledgements."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from outbox.conf import label_of
from outbox.models import Lane, Operation, Priority
from outbox.signals import acknowledged, note_taken_over
from records.actions import receive_remote_values
from records.actions.locking import locked
from records.actions.planning import differing
from records.cleaning import clean
from records.context import EditContext, Source
from records.errors import RecordError, RecordInvalid, RecordMissing
from records.models import Record
from records.registry import RecordType, UnknownRecordType, record_type

logger = logging.getLogger(__name__)

UNKEPT = "What %s says of %s cannot be kept: %s"


def concerns(destination: str, record_type_name: str, values: Mapping[str, Any]) -> bool:
    """Whether it says anything of fields that the remote decides."""
    try:
        kind = record_type(record_type_name)
    except UnknownRecordType:
        return True  # it is reported where it is received
    return bool(_remote_owned(kind, destination, values))


@receiver(acknowledged)
def take_over_remote_values(lane_ids: Sequence[int], **kwargs: Any) -> None:
    by_type: dict[str, list[Lane]] = defaultdict(list)
    for lane in Lane.objects.filter(pk__in=lane_ids):
        by_type[lane.record_type].append(lane)
    for name, lanes in by_type.items():
        try:
            kind = record_type(name)
        except UnknownRecordType as error:
            logger.error("What %s says is not for us: %s", lanes[0].destination, error)
        else:
            news = _with_news(kind, lanes)
            waiting = {lane.pk for lane in news if not _take_over(kind, lane)}
            lanes = [lane for lane in lanes if lane.pk not in waiting]
        note_taken_over(lanes)


def _with_news(kind: RecordType, lanes: Iterable[Lane]) -> list[Lane]:
    """The lanes whose remote said something that the record does not have; most often none."""
    telling = [lane for lane in lanes if _told(kind, lane)]
    if not telling:
        return []
    keys = [lane.key for lane in telling]
    records = {
        record.key: record
        for record in kind.model.objects.filter(**{f"{kind.key_field}__in": keys})
    }
    return [
        lane for lane in telling if lane.key in records and _news(kind, lane, records[lane.key])
    ]


def _told(kind: RecordType, lane: Lane) -> dict[str, Any]:
    """What the remote said last of the fields that it decides."""
    return _remote_owned(kind, lane.destination, lane.shadow or {})


def _remote_owned(kind: RecordType, destination: str, values: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for mapping in kind.mappings:
        if mapping.destination == destination:
            told |= mapping.read_remote_owned(values)
    return told


def _news(kind: RecordType, lane: Lane, record: Record) -> dict[str, Any]:
    """What of it the record does not have, cleaned. Rubbish is logged, and keeps no other out."""
    told = _told(kind, lane)
    while told:
        try:
            cleaned = clean(kind, told, beside=record.values())
        except RecordInvalid as error:
            logger.error(UNKEPT, lane.destination, lane.key, error)
            wrong = told.keys() & error.errors.keys()
            # None of them where what is kept here does not go with it: then all is left out.
            told = {name: told[name] for name in told if wrong and name not in wrong}
        else:
            return differing(record, cleaned.values)
    return {}


def _take_over(kind: RecordType, lane: Lane) -> bool:
    """False where somebody edits the record just now: this must not wait, it will be told again."""
    context = EditContext(
        actor=label_of(lane.destination),
        source=Source.INBOUND,
        reference=f"acknowledgement {lane.acknowledged_sequence}",
        priority=Priority.BULK,
    )
    try:
        with transaction.atomic():
            record = locked(kind, lane.key, wait=False)
            lane.refresh_from_db()  # under the record's lock: the newest word is kept
            if not _is_of_a_former_record(lane):
                receive_remote_values(
                    kind,
                    lane.key,
                    _news(kind, lane, record),
                    destination=lane.destination,
                    context=context,
                )
    except RecordMissing:
        # Edited just now; or deleted here, and the delete is on its way.
        return not kind.model.objects.filter(**{kind.key_field: lane.key}).exists()
    except RecordError as error:
        logger.error(UNKEPT, lane.destination, lane.key, error)
    return True


def _is_of_a_former_record(lane: Lane) -> bool:
    """Whether the key was deleted, and perhaps given anew, after what the remote spoke of."""
    return lane.messages.filter(
        operation=Operation.DELETE, sequence__gt=lane.acknowledged_sequence
    ).exists()
