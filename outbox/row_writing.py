"""Writing many rows: those that are new by COPY, those that changed by one UPDATE.

Django's `bulk_create` and `bulk_update` make one statement of all rows, column by column. Making it
took most of the time of an upload and of a drain.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
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
    if changed:
        fields: list[Any] = [changed[0]._meta.get_field(name) for name in names]
        write_values(
            type(changed[0]),
            [
                {"id": row.pk} | {field.name: getattr(row, field.attname) for field in fields}
                for row in changed
            ],
        )


def write_values(model: type[Model], changed: Sequence[Mapping[str, Any]]) -> None:
    """Likewise, of rows that are given as their values: field → value, the same fields for each."""
    if not changed:
        return
    fields: dict[str, Any] = {name: model._meta.get_field(name) for name in changed[0]}
    columns = {field.column: field.db_type(connection) for field in fields.values()}
    assignments = ", ".join(f"{column} = changed.{column}" for column in columns if column != "id")
    table = model._meta.db_table
    update = f"""
        UPDATE {table} SET {assignments} FROM {rows_sql("changed", columns)}
        WHERE {table}.id = changed.id
    """  # noqa: S608  our own names
    prepared = [
        {
            fields[name].column: fields[name].get_db_prep_save(value, connection)
            for name, value in values.items()
        }
        for values in changed
    ]
    with connection.cursor() as cursor:
        cursor.execute(update, [rows(prepared)])
