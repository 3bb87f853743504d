"""Writing many changed rows: one prepared UPDATE, run for each.

Django's `bulk_update` makes one statement with a CASE for each column and row; building it took
most of the time of a drain.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model


def write_rows(rows: Sequence[Model], names: Collection[str]) -> None:
    """Write these fields of rows of one model.

    In the caller's transaction, which holds their locks.
    """
    if not rows:
        return
    options = rows[0]._meta
    fields: list[Any] = [field for field in options.concrete_fields if field.name in names]
    assignments = ", ".join(f"{field.column} = %s" for field in fields)
    update = f"UPDATE {options.db_table} SET {assignments} WHERE id = %s"  # noqa: S608  our own names
    id_field: Any = options.pk
    values = [
        [
            *(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields),
            id_field.get_db_prep_save(row.pk, connection),
        ]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(update, values)
