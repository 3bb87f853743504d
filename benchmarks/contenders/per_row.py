"""One django-q2 task for each row of an outbox table: what one writes in an afternoon.

A worker of django-q2 is a process that runs one task at a time, so there are as many processes as
the others have senders. Nothing keeps the order of two edits of one record; here each has one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from benchmarks.contenders.base import Crew
from benchmarks.contenders.django_peer import DjangoPeer
from benchmarks.workload import Message

TABLE: Final = "per_row_outbox"


@dataclass
class PerRow(DjangoPeer):
    name: ClassVar[str] = "one task per row"

    def prepare(self) -> None:
        self.execute(
            f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, path text NOT NULL, "
            "headers jsonb NOT NULL, body text NOT NULL, delivered_at timestamptz)"
        )
        self.execute(f"CREATE INDEX ON {TABLE} (id) WHERE delivered_at IS NULL")

    def start(self, crew: Crew) -> None:
        workers = {"PEER_WORKERS": str(crew.concurrency)}
        self.child("-m", "django", "qcluster", env=self.environment() | workers)

    def load(self, messages: Sequence[Message]) -> None:
        with self.stage.connect() as connection, connection.transaction():
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {TABLE} (path, headers, body) FROM STDIN".encode()) as copy,
            ):
                for message in messages:
                    headers = json.dumps(message.own_headers)
                    copy.write_row((message.path, headers, message.body.decode()))
            connection.execute(f"ANALYZE {TABLE}".encode())

    def go(self) -> None:
        """Queue a task for each row, as the commits of the edits would have."""
        self.run_once("-m", "benchmarks.contenders.per_row_task")

    def is_done(self) -> bool:
        return not self.exists(f"SELECT FROM {TABLE} WHERE delivered_at IS NULL LIMIT 1")

    def clear(self) -> None:
        self.truncate(TABLE)
