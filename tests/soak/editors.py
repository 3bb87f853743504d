"""One process of editors: they edit side by side until it is told to stop, or killed."""

import argparse
import logging
import os
import random
import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from django.db import InterfaceError, OperationalError, connection

from tests.soak.edits import Chance, Editor
from tests.soak.entrances import AWAY, ApiClient, FileSender, FormFiller
from tests.soak.journal import Journal, Told

logger = logging.getLogger(__name__)

#: Seconds between two acts of one editor, on average.
EDIT_EVERY, ASK_EVERY, SEND_EVERY = 0.12, 0.6, 25.0
#: Seconds before the next act where the database or the pages were away.
AGAIN_AFTER = 0.5
#: Threads that edit; others use the API, forms and files.
EDITORS = 3


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--web", required=True)
    options = parser.parse_args(arguments)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    journal = Journal(options.folder / f"{options.name}.journal")
    actors = _actors(options.name, journal, options.web)
    threads = [
        threading.Thread(target=_act_on, args=(act, every, stop, journal), daemon=True)
        for act, every in actors
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join(30)
    return 0


def _actors(name: str, journal: Journal, web: str) -> list[tuple[Callable[[], None], float]]:
    seed, login = os.environ["SOAK_SEED"], ("soak", os.environ["SOAK_PASSWORD"])

    def chance(what: str) -> Chance:
        return Chance(f"{name}-{what}", random.Random(f"{seed} {name} {what}"))

    actors: list[tuple[Callable[[], None], float]] = [
        (Editor(chance(str(n)), journal).act, EDIT_EVERY) for n in range(EDITORS)
    ]
    client = ApiClient(web, os.environ["SOAK_TOKEN"], chance("api"), journal)
    return [
        *actors,
        (client.act, ASK_EVERY),
        (FormFiller(web, login, chance("form"), journal).act, ASK_EVERY),
        (FileSender(chance("file"), journal).act, SEND_EVERY),
    ]


def _act_on(act: Callable[[], None], every: float, stop: threading.Event, journal: Journal) -> None:
    pause = random.Random()
    while not stop.wait(pause.expovariate(1 / every)):
        try:
            act()
        except (OperationalError, InterfaceError, *AWAY):
            journal.note(Told.FAILED)
            connection.close()
            stop.wait(AGAIN_AFTER)
        except Exception:
            logger.exception("Nobody should be told this")
            journal.note(Told.BROKEN)
            connection.close()
