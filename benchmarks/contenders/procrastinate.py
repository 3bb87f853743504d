"""procrastinate: one job for each message, with `lock=` its key, which keeps the order."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from benchmarks.contenders.base import Contender, Crew
from benchmarks.workload import Message


@dataclass
class Procrastinate(Contender):
    name: ClassVar[str] = "procrastinate"

    def prepare(self) -> None:
        from benchmarks.contenders.procrastinate_process import make_app

        app = make_app(self.stage.database_url, senders=1)
        with app.open():
            app.schema_manager.apply_schema()

    def start(self, crew: Crew) -> None:
        for _ in range(crew.processes):
            self.child(
                *("-m", "benchmarks.contenders.procrastinate_process", self.stage.database_url),
                *(self.url, str(crew.senders)),
            )

    def load(self, messages: Sequence[Message]) -> None:
        """As `defer` writes them."""
        with self.stage.connect() as connection, connection.transaction():
            with (
                connection.cursor() as cursor,
                cursor.copy(
                    "COPY procrastinate_jobs (queue_name, task_name, lock, args) FROM STDIN"
                ) as copy,
            ):
                for message in messages:
                    args = {
                        "path": message.path,
                        "headers": message.own_headers,
                        "body": message.body.decode(),
                    }
                    copy.write_row(("default", "send", message.key, json.dumps(args)))
            connection.execute("ANALYZE procrastinate_jobs")

    def is_done(self) -> bool:
        return not self.exists(
            "SELECT FROM procrastinate_jobs WHERE status IN ('todo', 'doing') LIMIT 1"
        )

    def clear(self) -> None:
        self.truncate("procrastinate_jobs", "procrastinate_events")
