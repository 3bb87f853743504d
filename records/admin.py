"""Records and their change log in Django's admin, to look at: edits go through the write door."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from outbox.admin import as_uuid
from outbox.read_only_admin import ReadOnlyAdmin
from records.models import Change


class RecordAdmin(ReadOnlyAdmin):
    """Of a record type: `@admin.register(Customer) class CustomerAdmin(RecordAdmin)`."""

    search_hint = "The key, from its beginning."

    def get_ordering(self, request: HttpRequest) -> tuple[str]:
        return (self.model.key_field,)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(**{f"{self.model.key_field}__startswith": term})


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    list_display = ("record_type", "key", "version", "kind", "actor", "source", "at")
    list_display_links = ("key",)
    ordering = ("-id",)  # ids rise with time
    search_hint = "A record: its type and its whole key, such as “customer C-1”, or its id."

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        if id_ := as_uuid(term):
            return rows.filter(Q(id=id_) | Q(record_id=id_))
        record_type, _, key = term.partition(" ")
        return rows.filter(record_type=record_type, key=key.strip())
