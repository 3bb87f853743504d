"""The list of a record type: searched as its page is, and by when records were changed."""

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from api.query import time
from records.filters import Filters
from records.pages import RecordPages

FILTERS = ("q", "updated_since")


def filtered(pages: RecordPages, query: QueryDict) -> QuerySet[Any]:
    """Raises Problem."""
    key = pages.record_type.key_field
    filters = Filters.from_query(query, statuses=(), sortable=(key,))
    found: QuerySet[Any] = filters.apply(
        pages.model.objects.all(), searched=pages.searched, key=key
    )
    since = time(query, "updated_since")
    return found.filter(updated_at__gte=since) if since else found
