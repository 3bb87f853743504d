"""Writing many rows: those that are new by COPY, those that changed by one UPDATE.

Django's `bulk_create` and `bulk_update` make one statement of all rows, column by column. Making it
took most of the time of an upload and of a drain.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import AutoField, Model

from outbox.row_sets import rows, rows_sql


def insert_rows(new: Sequence[Model]) -> None:
    """Write new rows of one model, with all values as they are there.

    Only an id that the database counts up is its own, and stays unknown here. In the caller's
    transaction. No signals are sent, and nothing is asked back.
    """
    if not new:
        return
    # `connection` would look for the thread's own for each value.
    database: Any = connections[DEFAULT_DB_ALIAS]
    insert, copying = _statements(type(new[0]))
    lines = _lines(new, database)
    with database.cursor() as cursor:
        if len(new) == 1:
            cursor.execute(insert, next(lines))
        elif database.vendor == "postgresql":
            with database.wrap_database_errors, cursor.copy(copying) as copy:
                for line in lines:
                    copy.write_row(line)
        else:
            cursor.executemany(insert, lines)
    for row in new:
        row._state.adding, row._state.db = False, database.alias


@cache
def _statements(model: type[Model]) -> tuple[str, str]:
    """An INSERT of one row, and PostgreSQL's COPY."""
    quote: Any = connection.ops.quote_name
    columns = [quote(field.column) for field in _written(model)]
    table = f"{quote(model._meta.db_table)} ({', '.join(columns)})"
    marks = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {table} VALUES ({marks})", f"COPY {table} FROM STDIN"  # noqa: S608  our own names


def _written(model: type[Model]) -> Sequence[Any]:
    """All fields but an id that the database counts up."""
    return [field for field in model._meta.concrete_fields if not isinstance(field, AutoField)]


def _lines(new: Sequence[Model], database: Any) -> Iterator[tuple[Any, ...]]:
    """The values of each row, as the database takes them."""
    fields = _written(type(new[0]))
    columns = [(field.pre_save, field.get_db_prep_save) for field in fields]
    # Most columns hold in one row what they held in the row before.
    before: list[Any] = [columns] * len(fields)
    line: list[Any] = [None] * len(fields)
    for row in new:
        for number, (value_of, prepared) in enumerate(columns):
            value = value_of(row, True)  # noqa: FBT003  Django's
            if value is not before[number]:
                before[number], line[number] = value, prepared(value, database)
        yield tuple(line)


def write_rows(changed: Sequence[Model], names: Collection[str]) -> None:
    """Write these fields of rows of one model.

    In the caller's transaction, which holds their locks.
    """
    if not changed:
        return
    options = changed[0]._meta
    fields: list[Any] = [
        field for field in options.concrete_fields if field.name in names or field.primary_key
    ]
    columns = {field.column: field.db_type(connection) for field in fields}
    assignments = ", ".join(f"{name} = changed.{name}" for name in columns if name != "id")
    update = f"""
        UPDATE {options.db_table} SET {assignments} FROM {rows_sql("changed", columns)}
        WHERE {options.db_table}.id = changed.id
    """  # noqa: S608  our own names
    values = [
        {
            field.column: field.get_db_prep_save(getattr(row, field.attname), connection)
            for field in fields
        }
        for row in changed
    ]
    with connection.cursor() as cursor:
        cursor.execute(update, [rows(values)])
