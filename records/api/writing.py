"""Writing through the write door, with the client's precondition checked under the record's lock.

Each function needs a transaction, and raises Problem and the door's refusals. A record that
somebody creates or deletes at the same moment is looked for once more.
"""

from collections.abc import Callable
from typing import Any, Final

from django.core.exceptions import ValidationError
from rest_framework.request import Request

from api.request_id import request_id_of
from records.actions import Edit, create_record, delete_record, update_record
from records.api import preconditions
from records.api.finding import Target, find, lock, missing
from records.api.rights import require_right
from records.api.values import whole_record
from records.context import EditContext, Source
from records.errors import KeyIsFixed, KeyTaken, StaleRecord
from records.models import Record
from records.registry import RecordType
from records.rules import text

#: What to do with a locked record of which the client saw this version.
Act = Callable[[Record, int | None], Edit]
TRIES: Final = 3


def context_of(request: Request) -> EditContext:
    return EditContext(
        actor=request.user.get_username(), source=Source.API, reference=request_id_of(request)
    )


def create(request: Request, record_type: RecordType, values: dict[str, Any]) -> Edit:
    return create_record(record_type, values, context=context_of(request))


def update(request: Request, record_type: RecordType, named: str, values: dict[str, Any]) -> Edit:
    return _of_record(
        request,
        record_type,
        named,
        lambda record, version: update_record(
            record_type,
            record.key,
            values,
            context=context_of(request),
            expected_version=version,
        ),
    )


def delete(request: Request, record_type: RecordType, named: str) -> Edit:
    return _of_record(
        request,
        record_type,
        named,
        lambda record, version: delete_record(
            record_type, record.key, context=context_of(request), expected_version=version
        ),
    )


def replace(
    request: Request, record_type: RecordType, named: str, values: dict[str, Any]
) -> tuple[Edit, bool]:
    """The edit, and whether it made a new record."""
    for left in reversed(range(TRIES)):
        target = find(record_type, named)
        try:
            record = lock(record_type, target)
            if record is None:
                return _create_at(request, record_type, target, values), True
            return _replace(request, record_type, record, values), False
        except KeyTaken:  # created just now by somebody else: it is there to be replaced
            if not left:
                raise
    raise AssertionError("unreachable")


def _create_at(
    request: Request, record_type: RecordType, target: Target, values: dict[str, Any]
) -> Edit:
    preconditions.require_unconditional(request)
    if target.pk is not None:  # a new record gets a new uuid
        raise missing(record_type, target)
    require_right(request, record_type, "add")
    name = record_type.key_field
    if not _repeats(values.get(name), target.key):
        raise KeyIsFixed({name: [f"The address says {target.key}."]})
    return create(request, record_type, {name: target.key} | values)


def _repeats(given: Any, key: str) -> bool:
    """Whether a key in the body is that of the address. A blank one is for the rules to refuse."""
    try:
        return given in (None, "") or text(given) == key
    except ValidationError:
        return False


def _replace(
    request: Request, record_type: RecordType, record: Record, values: dict[str, Any]
) -> Edit:
    preconditions.require_absent(request, record)
    require_right(request, record_type, "change")
    version = preconditions.expected_version(request, record)
    return _judged(
        lambda record, version: update_record(
            record_type,
            record.key,
            whole_record(record_type, values),
            context=context_of(request),
            expected_version=version,
        ),
        record,
        version,
    )


def _of_record(
    request: Request,
    record_type: RecordType,
    named: str,
    act: Act,
) -> Edit:
    for _ in range(TRIES):
        target = find(record_type, named)
        if target.record is None:
            raise missing(record_type, target)
        record = lock(record_type, target)
        if record is None:
            continue  # deleted just now, and perhaps created anew
        preconditions.require_absent(request, record)
        version = preconditions.expected_version(request, record)
        return _judged(act, record, version)
    raise missing(record_type, target)


def _judged(act: Act, record: Record, version: int | None) -> Edit:
    try:
        return act(record, version)
    except StaleRecord as error:
        raise preconditions.stale(record, str(error), version=error.found) from error
