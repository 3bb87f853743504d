"""Two clocks: the database's for what hosts must agree on, a monotonic one for durations."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Expression, ExpressionWrapper, Func
from django.db.models.sql.compiler import SQLCompiler

from outbox.connectors.elapsed import elapsed

# PostgreSQL's `now()` is the start of the transaction, which may be long ago. SQLite's is written
# as Django writes datetimes there, so that they compare as text.
NOW = {
    "postgresql": "clock_timestamp()",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f000', 'now')",
}
#: The same within one statement, so that PostgreSQL looks it up in an index.
STATEMENT_NOW = {"postgresql": "statement_timestamp()", "sqlite": NOW["sqlite"]}
_LATER = {
    "postgresql": "{now} + make_interval(secs => %s)",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f000', {now}, %s || ' seconds')",
}


class DatabaseNow(Func):
    """The database's time at this moment, as an expression."""

    output_field = DateTimeField()

    def as_sql(self, compiler: SQLCompiler, connection: Any, *_: Any, **context: Any) -> Any:
        return NOW[connection.vendor], []


class StatementNow(Func):
    """The database's time when the statement began; for what is looked up by its time."""

    output_field = DateTimeField()

    def as_sql(self, compiler: SQLCompiler, connection: Any, *_: Any, **context: Any) -> Any:
        return STATEMENT_NOW[connection.vendor], []


def database_now_in(seconds: float) -> Expression:
    """The database's time, `seconds` from now, as an expression."""
    later = DatabaseNow() + timedelta(seconds=seconds)
    return ExpressionWrapper(later, output_field=DateTimeField())


def database_now_sql() -> str:
    """The database's time, for raw SQL with parameters."""
    return NOW[connection.vendor]


def database_now_in_sql() -> str:
    """Likewise, seconds from now, or before where they are negative: how many is its parameter."""
    return _LATER[connection.vendor].format(now=database_now_sql())


def database_now() -> datetime:
    """The database's time, asked for now."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {database_now_sql()}", [])
        return time_read(cursor.fetchone()[0])


def time_read(value: Any) -> datetime:
    """A time as a cursor gives it: SQLite's are texts, or know nothing of time zones."""
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    return read if read.tzinfo else read.replace(tzinfo=UTC)


__all__ = [
    "DatabaseNow",
    "StatementNow",
    "database_now",
    "database_now_in",
    "database_now_in_sql",
    "database_now_sql",
    "elapsed",
    "time_read",
]
