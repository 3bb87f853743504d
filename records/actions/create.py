from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from records.actions.edit import Edit, log, require_ours
from records.cleaning import clean
from records.context import EditContext
from records.door import open_door
from records.errors import KeyTaken
from records.forwarding import forward
from records.models import Kind, Record
from records.registry import RecordType


def create_record(
    record_type: RecordType, values: Mapping[str, Any], *, context: EditContext
) -> Edit:
    """Save a new record, and tell every destination that should have it.

    Raises RecordInvalid (values, or what a destination could not take), UnknownField,
    FieldOwnedElsewhere, KeyTaken.
    """
    model = record_type.model
    blank = {field.name: field.get_default() for field in model.data_fields()}
    cleaned = clean(record_type, _with_required(record_type, values), beside=blank)
    require_ours(record_type, {name: v for name, v in cleaned.values.items() if v != blank[name]})
    now = timezone.now()
    record = model(**cleaned.values, version=1, created_at=now, updated_at=now)
    with transaction.atomic(), open_door():
        _insert(record_type, record)
        saved = record.values()
        changes = {name: [None, value] for name, value in saved.items() if value not in (None, "")}
        change = log(record_type, record, Kind.CREATE, changes, context)
        messages = forward(record_type, record, change, context, before=None)
    return Edit(record=record, change=change, messages=messages, warnings=cleaned.warnings)


def _with_required(record_type: RecordType, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A required field that was not given is an error on that field, as a blank one is."""
    missing = {
        field.name: ""
        for field in record_type.model.data_fields()
        if not field.blank and not field.has_default() and field.name not in values
    }
    return missing | dict(values)


def _insert(record_type: RecordType, record: Record) -> None:
    try:
        with transaction.atomic():  # a savepoint: the caller's transaction survives the refusal
            record.save(force_insert=True)
    except IntegrityError as error:
        same_key = record_type.model.objects.filter(**{record_type.key_field: record.key})
        if same_key.exists():
            raise KeyTaken(
                {record_type.key_field: [f"There is a {record_type.title} {record.key} already."]}
            ) from error
        raise
