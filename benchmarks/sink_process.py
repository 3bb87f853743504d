"""The sink as a process of its own, and what is asked of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from benchmarks.ledger import Arrival, read_ledger
from benchmarks.processes import Child


class Sink:
    def __init__(self, child: Child, folder: Path) -> None:
        self._child = child
        self._folder = folder
        self._address = f"http://127.0.0.1:{child.hear()}"
        self._session = requests.Session()
        self._session.trust_env = False

    @property
    def url(self) -> str:
        return f"{self._address}/api"

    def reset(self, *, delay: float) -> None:
        """Forget everything; answer so many seconds late from now on."""
        self._ask("reset", {"delay": delay})

    def state(self) -> dict[str, Any]:
        """`arrived`, `requests`, `repeats`, and `cpu` in seconds."""
        reply = self._session.get(f"{self._address}/control/state", timeout=30)
        found: dict[str, Any] = reply.json()
        return found

    def ledger(self) -> list[Arrival]:
        path = self._folder / "ledger.jsonl"
        self._ask("ledger", {"path": str(path)})
        return read_ledger(path)

    def close(self) -> None:
        self._session.close()
        self._child.stop()

    def _ask(self, what: str, said: dict[str, Any]) -> None:
        reply = self._session.post(f"{self._address}/control/{what}", json=said, timeout=60)
        reply.raise_for_status()


@contextmanager
def running_sink(folder: Path) -> Iterator[Sink]:
    with (folder / "sink.log").open("wb") as log:
        sink = Sink(Child(["-m", "benchmarks.sink"], {}, log=log, piped=True), folder)
        try:
            yield sink
        finally:
            sink.close()
