from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from records.actions.planning import new_values, plan_create
from records.actions.writing import Edit, write
from records.context import EditContext
from records.errors import KeyTaken
from records.registry import RecordType


def create_record(
    record_type: RecordType, values: Mapping[str, Any], *, context: EditContext
) -> Edit:
    """Save a new record, and tell every destination that should have it.

    Raises RecordInvalid (values, or what a destination could not take), UnknownField,
    FieldOwnedElsewhere, KeyTaken.
    """
    plan = plan_create(record_type, new_values(record_type, values))
    try:
        # A savepoint where there is a transaction already: it survives the refusal.
        with transaction.atomic():
            [edit] = write(record_type, [(plan, context)])
    except IntegrityError as error:
        key = plan.record.key
        if record_type.model.objects.filter(**{record_type.key_field: key}).exists():
            raise KeyTaken(
                {record_type.key_field: [f"There is a {record_type.title} {key} already."]}
            ) from error
        raise
    return edit
