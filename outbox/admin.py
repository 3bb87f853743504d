"""The outbox in Django's admin, to look at."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet

from outbox.models import (
    Attempt,
    DestinationState,
    Drain,
    Lane,
    Message,
    WakeRequest,
    Worker,
)
from outbox.read_only_admin import LookOnly, ReadOnlyAdmin

BY_RECORD = "A record: its type and its whole key, such as “customer C-1”."


def of_record(term: str, lane: str = "") -> Q:
    """The rows of a record; `lane` leads to the lane, such as "message__lane__"."""
    record_type, _, key = term.partition(" ")
    return Q(**{f"{lane}record_type": record_type, f"{lane}key": key.strip()})


def as_uuid(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None


class AttemptsOfMessage(LookOnly, admin.TabularInline[Attempt, Message]):
    model = Attempt
    fields = ("number", "started_at", "duration", "outcome", "status", "error")
    max_num = 0


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("lane", "sequence", "operation", "state", "attempts", "actor", "created_at")
    list_filter = ("state",)
    list_select_related = ("lane",)
    ordering = ("-id",)  # ids rise with time
    inlines = (AttemptsOfMessage,)
    search_hint = f"{BY_RECORD} Or the id of a message or of an edit."

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        id_ = as_uuid(term)
        return rows.filter(Q(id=id_) | Q(edit_id=id_) if id_ else of_record(term, lane="lane__"))


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("message", "record", "number", "started_at", "outcome", "status", "error")
    list_select_related = ("message__lane",)
    ordering = ("-id",)
    search_hint = f"{BY_RECORD} Or the id of a message."

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        id_ = as_uuid(term)
        return rows.filter(Q(message=id_) if id_ else of_record(term, lane="message__lane__"))

    @admin.display
    def record(self, attempt: Attempt) -> str:
        return str(attempt.message.lane)


@admin.register(Lane)
class LaneAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "head_sequence", "last_sequence", "due_at", "failures", "blocked_by")
    list_select_related = ("blocked_by",)
    ordering = ("-id",)
    search_hint = BY_RECORD

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(of_record(term))


@admin.register(DestinationState)
class DestinationStateAdmin(ReadOnlyAdmin):
    list_display = ("destination", "paused_at", "paused_by", "held_until", "held_because")


@admin.register(WakeRequest)
class WakeRequestAdmin(ReadOnlyAdmin):
    list_display = ("destination", "requested_at")


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    list_display = ("host", "pid", "started_at", "seen_at", "drained_at", "stopping")


@admin.register(Drain)
class DrainAdmin(ReadOnlyAdmin):
    list_display = ("destination", "worker_id", "pid", "started_at", "beat_at")
