"""A connection for each actor, and a gate before each statement.

At the gate others may go first, and an actor waits that would wait for a lock. On SQLite that is
the one write lock. On PostgreSQL the statement is tried, and undone where it would have to wait.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.errors import LockNotAvailable
from psycopg.pq import TransactionStatus

from tests.simulation.actors import Actor, Crashed, Scheduler
from tests.simulation.clock import Clock

#: What is emptied before each history; all that an edit and its delivery write.
TABLES: Final = [
    "outbox_attempt",
    "outbox_message",
    "outbox_lane",
    "outbox_destinationstate",
    "outbox_rateallowance",
    "outbox_wakerequest",
    "outbox_drain",
    "records_change",
    "customers_customer",
]
NUMBERED_TABLES: Final = ["outbox_lane", "outbox_attempt"]
#: How long PostgreSQL looks for a lock before it is taken for held, in milliseconds.
PATIENCE: Final = 5
# What begins with WITH is an UPDATE, too.
_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH|BEGIN)", re.IGNORECASE)
_LOCKS = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH)|.*FOR (NO KEY )?UPDATE(?! SKIP)", re.DOTALL)
_TABLE = re.compile(r"(?:FROM|INTO|UPDATE)\s+\"?(?:outbox_|records_)?(\w+)")
_SET = re.compile(r"UPDATE\s+\"?(?:outbox_|records_)?(\w+)\"?\s+SET\s")


class DatabaseGone(OperationalError):
    """The connection was cut. `was_done`: after the statement had taken effect."""

    def __init__(self, *, was_done: bool) -> None:
        super().__init__("The connection is gone.")
        self.was_done = was_done


class Databases:
    """Lends connections to actors; they come back clean."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.scheduler: Scheduler | None = None
        self.observer = connections[DEFAULT_DB_ALIAS]
        self.observer.execute_wrappers.append(self._stamp)
        self.vendor = self.observer.vendor
        #: How often anybody has committed anything.
        self.commits = 0
        self._free: list[BaseDatabaseWrapper] = []
        self._lent: list[BaseDatabaseWrapper] = []
        self._nothing = self.observer.copy()
        self._nothing.execute_wrappers.append(_refuse)

    def lend(self) -> BaseDatabaseWrapper:
        database = self._free.pop() if self._free else self._open()
        self._lent.append(database)
        return database

    def of_a_sender(self) -> BaseDatabaseWrapper:
        """Sender threads have no business with the database."""
        return self._nothing

    def take_back(self, database: BaseDatabaseWrapper) -> None:
        if database is self._nothing:
            return
        self._lent.remove(database)
        if (
            database.connection is None
            or database.in_atomic_block
            or self._is_in_transaction(database)
        ):
            _hang_up(database)
        else:
            self._free.append(database)

    def close(self) -> None:
        for database in [*self._free, *self._lent, self._nothing]:
            _hang_up(database)
        self.observer.execute_wrappers.remove(self._stamp)

    def empty(self) -> None:
        """Each history finds the same pages: rows come in the same order, and have the same ids."""
        with self.observer.cursor() as cursor:
            with transaction.atomic():
                for table in TABLES:
                    cursor.execute(f"DELETE FROM {table}")
                if self.vendor == "sqlite":
                    cursor.execute("DELETE FROM sqlite_sequence")
            if self.vendor == "postgresql":  # several times as fast as TRUNCATE
                cursor.execute(f"VACUUM {', '.join(TABLES)}")
                for table in NUMBERED_TABLES:
                    cursor.execute(f"ALTER SEQUENCE {table}_id_seq RESTART")

    def _open(self) -> BaseDatabaseWrapper:
        database = self.observer.copy()
        options = database.settings_dict["OPTIONS"]
        if self.vendor == "sqlite":
            # Who would wait is kept from it by the gate; nobody pulls the plug here.
            options["timeout"] = 0
            options["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
        else:
            options["options"] = f"-c lock_timeout={PATIENCE} -c synchronous_commit=off"
        database.execute_wrappers.append(self._gate)
        database._close = partial(_close, database)  # type: ignore[attr-defined]
        database.commit = partial(self._commit, database, database.commit)  # type: ignore[method-assign]
        return database

    def _stamp(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        return execute(self.clock.stamp(sql, self.vendor), params, many, context)

    def _gate(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        assert self.scheduler is not None
        database = context["connection"]
        actor = self.scheduler.current
        assert actor is not None, "An actor's connection is used by somebody else."
        if actor.is_dying:
            raise Crashed

        def run() -> Any:
            return execute(self.clock.stamp(sql, self.vendor), params, many, context)

        writes_by_itself = not database.in_atomic_block and bool(_WRITES.match(sql))
        begins = writes_by_itself or self._begins(database)
        trouble = self._pause(_in_short(sql), is_boundary=begins)
        if self.vendor == "sqlite":
            result = self._with_write_lock(actor, sql, run)
        else:
            result = self._with_row_locks(database, sql, run)
        self.commits += writes_by_itself
        if trouble is not None:
            raise trouble
        return result

    def _commit(self, database: BaseDatabaseWrapper, commit: Callable[[], None]) -> None:
        assert self.scheduler is not None
        actor = self.scheduler.current
        assert actor is not None
        try:
            trouble = self._pause("COMMIT", is_boundary=True)
        except BaseException:
            database.rollback()
            raise
        commit()
        self.commits += 1
        actor.has_committed()
        if trouble is not None:
            raise trouble

    def _pause(self, at: str, *, is_boundary: bool) -> DatabaseGone | None:
        """What is to be raised after the statement. Raises DatabaseGone before it."""
        assert self.scheduler is not None
        trouble = self.scheduler.pause(at, at_statement=True, is_boundary=is_boundary)
        if isinstance(trouble, DatabaseGone) and not trouble.was_done:
            raise trouble
        return trouble if isinstance(trouble, DatabaseGone) else None

    def _is_in_transaction(self, database: BaseDatabaseWrapper) -> bool:
        """Django may not know it: where the reply to a BEGIN was lost."""
        if self.vendor == "sqlite":
            return bool(database.connection.in_transaction)
        return bool(database.connection.info.transaction_status != TransactionStatus.IDLE)

    def _begins(self, database: BaseDatabaseWrapper) -> bool:
        """Whether the statement is the first of a transaction; SQLite has one that says so."""
        if self.vendor == "sqlite" or not database.in_atomic_block:
            return False
        return not self._is_in_transaction(database)

    def _with_write_lock(self, actor: Actor, sql: str, run: Callable[[], Any]) -> Any:
        assert self.scheduler is not None
        if not actor.database.in_atomic_block and _WRITES.match(sql):
            while self._is_held_from(actor):
                self.scheduler.pause("the write lock", ready=lambda: not self._is_held_from(actor))
        return run()

    def _is_held_from(self, actor: Actor) -> bool:
        return any(
            database is not actor.database
            and database.connection is not None
            and self._is_in_transaction(database)
            for database in self._lent
        )

    def _with_row_locks(
        self, database: BaseDatabaseWrapper, sql: str, run: Callable[[], Any]
    ) -> Any:
        scheduler = self.scheduler
        assert scheduler is not None
        if not _LOCKS.match(sql):
            return run()
        while True:
            in_transaction = database.in_atomic_block
            if in_transaction:
                database.connection.execute("SAVEPOINT before_waiting")
            try:
                result = run()
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                if in_transaction:
                    database.connection.execute("ROLLBACK TO SAVEPOINT before_waiting")
            else:
                if in_transaction:
                    database.connection.execute("RELEASE SAVEPOINT before_waiting")
                return result
            tried_at = scheduler.steps_taken + 1  # this very pause
            scheduler.pause(
                f"a lock of {_in_short(sql)}",
                ready=partial(scheduler.is_past, tried_at),
            )


def _hang_up(database: BaseDatabaseWrapper) -> None:
    """As the database finds out that a process has died."""
    database.in_atomic_block = False
    database.close()


def _close(database: BaseDatabaseWrapper) -> None:
    # SQLite keeps a closed connection and its locks while somebody's frame still has a cursor.
    database.connection.rollback()
    database.connection.close()


def _refuse(*_: Any) -> Any:
    raise AssertionError("A sender thread uses the database.")


def _in_short(sql: str) -> str:
    verb = sql.split(maxsplit=1)[0]
    if verb == "WITH" and (changed := _SET.search(sql)):
        return f"UPDATE {changed[1]}"
    table = _TABLE.search(sql)
    return f"{verb} {table[1]}" if table else verb
