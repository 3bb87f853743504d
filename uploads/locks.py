"""Locks: an upload gives way. While it waits for a record, its other records wait with it."""

from typing import Final

from django.db import connection

LONGEST_WAIT: Final = 500  # milliseconds
_LOCK_NOT_AVAILABLE: Final = "55P03"  # PostgreSQL, appendix A


def wait_shortly_for_locks() -> None:
    """In the present transaction. SQLite has one lock, which is taken at its start."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {LONGEST_WAIT}")


def is_lock_timeout(error: BaseException) -> bool:
    """Whether somebody held a lock for too long."""
    return getattr(error.__cause__, "sqlstate", None) == _LOCK_NOT_AVAILABLE
