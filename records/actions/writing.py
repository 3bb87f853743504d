"""Writing: records, change log and outbox messages of planned edits, all in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from outbox.crash_points import crash_point
from outbox.models import Message
from outbox.recording import record
from outbox.row_writing import insert_rows
from records.actions.planning import Plan
from records.context import EditContext
from records.door import open_door
from records.forwarding import drafts
from records.models import Change, Kind, Record
from records.registry import RecordType


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What an action did. `change` is None where nothing was to be changed, and nothing written."""

    record: Record
    change: Change | None = None
    messages: list[Message] = field(default_factory=list)
    #: Field → what should be looked at, though the value was kept.
    warnings: Mapping[str, str] = field(default_factory=dict)


def write(record_type: RecordType, planned: Sequence[tuple[Plan, EditContext]]) -> list[Edit]:
    """Write these edits of different records; their order is kept in what is returned.

    Needs a transaction, and the locks of the records that are changed or deleted. Raises
    IntegrityError where a key is taken.
    """
    now = timezone.now()
    with open_door():
        _write_records(record_type, [plan for plan, _ in planned], now)
    crash_point("between_record_and_message")
    changes = [_change(record_type, plan, context, now) for plan, context in planned]
    insert_rows(changes)
    messages: dict[UUID, list[Message]] = {change.id: [] for change in changes}
    recorded = record(
        [
            draft
            for (plan, context), change in zip(planned, changes, strict=True)
            for draft in drafts(record_type, plan.record, plan.rendered, change, context)
        ]
    )
    for message in recorded:
        messages[message.edit_id].append(message)
    return [
        Edit(
            record=plan.record,
            change=change,
            messages=messages[change.id],
            warnings=plan.warnings,
        )
        for (plan, _), change in zip(planned, changes, strict=True)
    ]


def _write_records(record_type: RecordType, plans: Sequence[Plan], now: datetime) -> None:
    new = [plan.record for plan in plans if plan.kind == Kind.CREATE]
    for created in new:
        created.created_at = created.updated_at = now
    if new:
        # By key, as everybody else: two that create the same keys must not wait for each other.
        record_type.model.objects.insert(sorted(new, key=lambda record: record.key))
    for plan in plans:
        if plan.kind == Kind.UPDATE:
            plan.record.updated_at = now
            plan.record.save(update_fields=[*plan.changes, "version", "updated_at"])
        elif plan.kind == Kind.DELETE and plan.before is not None:
            record_id = plan.record.pk
            plan.record.delete()
            plan.record.pk = record_id


def _change(record_type: RecordType, plan: Plan, context: EditContext, now: datetime) -> Change:
    return Change(
        record_type=record_type.name,
        key=plan.record.key,
        record_id=plan.record.pk,
        version=plan.record.version,
        kind=plan.kind,
        changes=plan.changes,
        actor=context.actor,
        source=context.source,
        reference=context.reference,
        at=now,
    )
