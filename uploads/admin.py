from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from outbox.read_only_admin import ReadOnlyAdmin
from uploads.models import Upload


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    list_display = ("id", "file_name", "record_type", "state", "actor", "row_count", "created_at")
    ordering = ("-id",)
    search_hint = "The number of an upload."

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        is_number = term.isascii() and term.isdecimal() and len(term) < 19
        return rows.filter(id=int(term)) if is_number else rows.none()
