from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes.stack import (
    TOKEN,
    RemoteProcess,
    WorkerProcess,
    environment,
    running_worker,
)


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[RemoteProcess]:
    remote = RemoteProcess(tmp_path)
    yield remote
    remote.stop()


@pytest.fixture
def stack(transactional_db: None, remote: RemoteProcess, settings: Any) -> dict[str, str]:
    """The environment of application processes; this process speaks to the same remote."""
    env = environment(remote)
    settings.DESTINATIONS = {
        "erp": {
            "LABEL": "ERP",
            "CONNECTOR": "outbox.connectors.rest.RestConnector",
            "URL": env["ERP_URL"],
            "TOKEN": TOKEN,
            "OPTIONS": {"deadline": 1.5, "concurrency": 16},
        }
    }
    return env


@pytest.fixture
def worker(stack: dict[str, str]) -> Iterator[WorkerProcess]:
    yield from running_worker(stack)
