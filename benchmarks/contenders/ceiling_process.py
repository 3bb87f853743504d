"""One process of the ceiling.

    python -m benchmarks.contenders.ceiling_process URL SENDERS

It is told a file of requests on standard input, says that it has read it, is told to go, and says
when it is through.
"""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter

from benchmarks.workload import HEADERS, read_requests

Sendable = tuple[str, dict[str, str], bytes]


def pooled_session(senders: int) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # else it looks for proxies and passwords with every request
    session.headers.update(HEADERS)
    session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=senders))
    return session


def send_all(url: str, sendable: list[Sendable], session: requests.Session, senders: int) -> None:
    """By so many threads; the requests of one path by one of them, in order."""
    lanes: dict[str, list[Sendable]] = {}
    for request in sendable:
        lanes.setdefault(request[0], []).append(request)
    waiting, lock = iter(lanes.values()), threading.Lock()

    def send_some() -> None:
        while lane := _next(waiting, lock):
            for path, headers, body in lane:
                session.patch(url + path, data=body, headers=headers).raise_for_status()

    threads = [threading.Thread(target=send_some) for _ in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _next(waiting: Iterator[list[Sendable]], lock: threading.Lock) -> list[Sendable]:
    with lock:
        return next(waiting, [])


def main(url: str, senders: int) -> None:
    session = pooled_session(senders)
    for line in sys.stdin:
        sendable = read_requests(Path(line.strip()))
        _say("ready")
        sys.stdin.readline()
        send_all(url, sendable, session, senders)
        _say("done")


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
