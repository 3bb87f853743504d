"""Sets of rows as one parameter of a statement, on either database.

Thousands of parameters took longer than what they were for.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model
from psycopg.types.json import Jsonb


def among_sql() -> str:
    """What follows a column whose value is to be one of many; `among` makes the parameter."""
    if connection.vendor == "postgresql":
        return "= ANY(%s)"
    return "IN (SELECT value FROM json_each(%s))"


def among(ids: Iterable[int] | Iterable[UUID]) -> Any:
    if connection.vendor == "postgresql":
        return list(ids)
    return json.dumps([one.hex if isinstance(one, UUID) else one for one in ids])


def rows_sql(name: str, columns: Mapping[str, str]) -> str:
    """An item of FROM, whose one parameter is `rows(…)`. Columns with PostgreSQL's types."""
    if connection.vendor == "postgresql":
        typed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        return f"json_to_recordset(%s) AS {name} ({typed})"
    extracted = ", ".join(f"json_extract(value, '$.{column}') AS {column}" for column in columns)
    return f"(SELECT {extracted} FROM json_each(%s)) AS {name}"  # noqa: S608  our own names


def rows(items: Sequence[Mapping[str, Any]]) -> str:
    """Values as a model's fields prepare them for the database."""
    return json.dumps(items, default=_plain)


def database_value(model: type[Model], field: str, value: Any) -> Any:
    """As the database has it: SQLite has no type for an id, say."""
    of_model: Any = model._meta.get_field(field)
    return of_model.get_db_prep_save(value, connection)


def _plain(value: Any) -> Any:
    """What JSON has no type for; `Jsonb` wraps what is JSON already. Raises TypeError."""
    if isinstance(value, Jsonb):
        return value.obj
    if isinstance(value, datetime | UUID):
        return str(value)
    raise TypeError(f"{value!r} is no value for a database.")
