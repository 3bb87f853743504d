"""How the peers that are Django apps send: pooled `requests`, one session for a process."""

import os
from functools import cache

import requests

from benchmarks.contenders.ceiling_process import pooled_session


@cache
def _session() -> requests.Session:
    return pooled_session(1)


def send(path: str, headers: dict[str, str], body: bytes) -> None:
    """Raises HTTPError."""
    reply = _session().patch(os.environ["PEER_URL"] + path, data=body, headers=headers)
    reply.raise_for_status()
