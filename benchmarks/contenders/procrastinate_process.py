"""One worker of procrastinate.

python -m benchmarks.contenders.procrastinate_process DATABASE_URL URL SENDERS
"""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

from procrastinate import App, PsycopgConnector

from benchmarks.contenders.ceiling_process import pooled_session


def make_app(dsn: str, *, senders: int) -> App:
    # A connection for each job that ends, one to listen, one to fetch.
    return App(connector=PsycopgConnector(conninfo=dsn, min_size=2, max_size=senders + 2))


async def work(dsn: str, url: str, *, senders: int) -> None:
    app, session = make_app(dsn, senders=senders), pooled_session(senders)

    def send(*, path: str, headers: dict[str, str], body: str) -> None:
        session.patch(url + path, data=body.encode(), headers=headers).raise_for_status()

    app.task(name="send")(send)
    # By itself asyncio has no more threads than processors, and four.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(senders))
    async with app.open_async():
        await app.run_worker_async(concurrency=senders, delete_jobs="successful")


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], senders=int(sys.argv[3])))
