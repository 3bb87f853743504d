"""Events of jaiminho, by its own decorator, in one transaction.

    python -m benchmarks.contenders.jaiminho_loading FILE…

The requests of the first file go to the first stream, and so on.
"""

import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import django

from benchmarks.contenders.peer_sending import send
from benchmarks.workload import read_requests


def main(paths: Sequence[str]) -> None:
    from django.db import connection, transaction
    from jaiminho.send import save_to_outbox_stream

    streams = [save_to_outbox_stream(f"stream-{number}")(send) for number in range(len(paths))]
    with transaction.atomic():
        for requests in zip_longest(*(read_requests(Path(path)) for path in paths)):
            for save, request in zip(streams, requests, strict=True):
                if request is not None:
                    save(*request)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE jaiminho_event")


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1:])
