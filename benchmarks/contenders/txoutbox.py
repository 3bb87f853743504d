"""txoutbox: a relay for asyncio, with leases and fencing, and a publisher on aiohttp.

Set up as its README says for messages with a key: strict ordering, woken by NOTIFY.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from benchmarks.contenders.base import Contender, Crew
from benchmarks.workload import Message

CHANNEL: Final = "outbox"
TABLE: Final = "txoutbox_message"


@dataclass
class TxOutbox(Contender):
    name: ClassVar[str] = "txoutbox"

    #: Messages of one claim, and whether what is delivered is deleted at once.
    batch_size: int = 200
    delete_on_ack: bool = False

    def prepare(self) -> None:
        from txoutbox.adapters.postgres import SCHEMA_SQL

        self.execute(SCHEMA_SQL.format(table=TABLE, name=TABLE))

    def start(self, crew: Crew) -> None:
        for _ in range(crew.processes):
            self.child(
                *("-m", "benchmarks.contenders.txoutbox_process", self.stage.database_url),
                *(self.url, str(crew.senders), str(self.batch_size), str(int(self.delete_on_ack))),
            )

    def load(self, messages: Sequence[Message]) -> None:
        with self.stage.connect() as connection, connection.transaction():
            with (
                connection.cursor() as cursor,
                cursor.copy(
                    f"COPY {TABLE} (topic, key, payload, headers) FROM STDIN".encode()
                ) as copy,
            ):
                for message in messages:
                    headers = json.dumps(message.own_headers)
                    copy.write_row((message.path, message.key, message.body, headers))
            connection.execute(f"ANALYZE {TABLE}".encode())

    def go(self) -> None:
        """One notification; its trigger would send one for each message."""
        self.execute(f"NOTIFY {CHANNEL}")

    def is_done(self) -> bool:
        return not self.exists(f"SELECT FROM {TABLE} WHERE status = 'pending' LIMIT 1")

    def clear(self) -> None:
        self.truncate(TABLE)
