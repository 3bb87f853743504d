"""One relay of txoutbox.

python -m benchmarks.contenders.txoutbox_process DATABASE_URL URL SENDERS BATCH_SIZE DELETE_ON_ACK
"""

import asyncio
import math
import sys
from datetime import timedelta

import aiohttp
import asyncpg
from txoutbox import OutboxMessage, Relay, RelayConfig
from txoutbox.adapters.postgres import PostgresStorage

from benchmarks.contenders.txoutbox import CHANNEL, TABLE
from benchmarks.workload import HEADERS


async def relay(dsn: str, url: str, *, senders: int, batch_size: int, delete_on_ack: bool) -> None:
    config = RelayConfig(
        batch_size=batch_size,
        concurrency=senders,
        # As its README asks: longer than the longest round.
        lease=timedelta(seconds=max(60, math.ceil(batch_size / senders) * 5 + 10)),
    )
    async with (
        asyncpg.create_pool(dsn, min_size=3, max_size=3) as pool,
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=senders), headers=HEADERS
        ) as session,
    ):

        async def publish(message: OutboxMessage) -> None:
            async with session.patch(
                url + message.topic, data=message.payload, headers=message.headers
            ) as reply:
                await reply.read()
                reply.raise_for_status()

        storage = PostgresStorage(
            pool, table=TABLE, delete_on_ack=delete_on_ack, notify_channel=CHANNEL
        )
        relay = Relay(storage, publish, config=config)
        async with await storage.listen(relay.wake):
            await relay.run(handle_signals=True)


if __name__ == "__main__":
    dsn, url, senders, batch_size, delete_on_ack = sys.argv[1:]
    asyncio.run(
        relay(
            dsn,
            url,
            senders=int(senders),
            batch_size=int(batch_size),
            delete_on_ack=delete_on_ack == "1",
        )
    )
