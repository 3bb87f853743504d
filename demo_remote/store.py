"""The SQLite file: one connection, one lock, every write one transaction."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo_remote.schema import SCHEMA


class Store:
    """Opens (or creates) the file; raises OSError or sqlite3.Error when it cannot."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            # A reply promises that its effect survives a power cut: sync on every commit.
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(SCHEMA)
        except sqlite3.Error:
            self._connection.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commits at the end, rolls back on an exception. Writes are serialised."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection while no write is under way: only committed rows are seen."""
        with self._lock:
            yield self._connection

    def close(self) -> None:
        """Waits for the write under way. Any later use raises sqlite3.ProgrammingError."""
        with self._lock:
            self._connection.close()
