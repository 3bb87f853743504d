"""Writing many settled lanes: one prepared UPDATE, run for each.

Django's `bulk_update` makes one statement with a CASE for each column and lane; building it took
most of the time of a drain.
"""

from collections.abc import Sequence
from typing import Final

from django.db import connection

from outbox.models import Lane

#: What settling changes.
_COLUMNS: Final = frozenset(
    (
        "lease_token",
        "due_at",
        "head_sequence",
        "priority",
        "failures",
        "solo",
        "blocked_by",
        "external_id",
        "acknowledged_sequence",
        "shadow",
    )
)


def write_lanes(lanes: Sequence[Lane]) -> None:
    """In the caller's transaction, which holds their locks."""
    fields = [field for field in Lane._meta.concrete_fields if field.name in _COLUMNS]
    assignments = ", ".join(f"{field.column} = %s" for field in fields)
    rows = [
        [
            *(field.get_db_prep_save(getattr(lane, field.attname), connection) for field in fields),
            lane.pk,
        ]
        for lane in lanes
    ]
    update = f"UPDATE outbox_lane SET {assignments} WHERE id = %s"  # noqa: S608  our own names
    with connection.cursor() as cursor:
        cursor.executemany(update, rows)
