"""Transactions of people: one edit or several, some of them undone, committed or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from customers.models import Customer
from outbox.models import Priority
from records.actions import (
    Edit,
    create_record,
    delete_record,
    update_record,
)
from records.context import EditContext, Source
from records.errors import RecordError
from records.registry import record_type
from tests.simulation.database import DatabaseGone


@dataclass(frozen=True, kw_only=True)
class Change:
    key: str
    #: None: the record is deleted.
    values: dict[str, str] | None
    #: Made in a savepoint that is rolled back.
    is_undone: bool = False

    def __str__(self) -> str:
        what = "deleted" if self.values is None else str(self.values)
        return f"{self.key} {what}{' undone' if self.is_undone else ''}"


class Undone(Exception):
    """Rolls back what it is raised in."""


def transact(changes: Sequence[Change], made: list[Edit], *, bulk: bool, commits: bool) -> None:
    """One transaction; appends what it makes. What a record's state forbids is left out."""
    context = EditContext(
        actor="alice",
        source=Source.CSV if bulk else Source.FORM,
        priority=Priority.BULK if bulk else Priority.INTERACTIVE,
    )
    try:
        with transaction.atomic():
            for change in changes:
                made += _make(change, context)
            if not commits:
                raise Undone
    except Undone:
        pass


def _make(change: Change, context: EditContext) -> list[Edit]:
    try:
        with transaction.atomic():
            edit = _edit(change, context)
            if change.is_undone:
                raise Undone
    except (Undone, RecordError):
        if transaction.get_rollback():  # its connection was cut while it was being undone
            raise DatabaseGone(was_done=False) from None
        return []
    return [edit]


def _edit(change: Change, context: EditContext) -> Edit:
    customers = record_type("customer")
    if change.values is None:
        return delete_record(customers, change.key, context=context)
    if Customer.objects.filter(number=change.key).exists():
        return update_record(customers, change.key, change.values, context=context)
    whole = {"number": change.key, "name": "Alfreds", **change.values}
    return create_record(customers, whole, context=context)
