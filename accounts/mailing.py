"""E-mail that nobody waits for: sent by one thread of this process, and lost with it."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

logger = logging.getLogger(__name__)

_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


def send_soon(send: Callable[[], None]) -> "Future[None]":
    """`send` must not use the database: its thread would keep a connection of its own."""

    def attempt() -> None:
        try:
            send()
        except Exception:  # whatever a mail server does: nobody waits for this thread's answer
            logger.exception("An e-mail could not be sent.")

    return _thread.submit(attempt)
