import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from tests.processes.dying import DeathNote
from tests.processes.own_database import migrate, working_on
from tests.processes.own_servers import OwnPostgres
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
    return _stack(remote, settings)


@pytest.fixture
def own_stack(own_database: None, remote: RemoteProcess, settings: Any) -> dict[str, str]:
    """The same, on a database of the test's own."""
    return _stack(remote, settings)


def _stack(remote: RemoteProcess, settings: Any) -> dict[str, str]:
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


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[OwnPostgres]:
    """A PostgreSQL server that a test may do anything to; it has a database `application`."""
    if not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        pytest.skip("this is PostgreSQL's, and belongs to the run on PostgreSQL")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    server = OwnPostgres(folder)
    try:
        server.execute("CREATE DATABASE application")
        with working_on(**server.login("application")):
            migrate()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture
def own_database(own_postgres: OwnPostgres, django_db_blocker: Any) -> Iterator[None]:
    """A database on a server of the test's own; this process works on it."""
    name = f"test_{uuid4().hex}"
    own_postgres.execute(f"CREATE DATABASE {name} TEMPLATE application")
    with django_db_blocker.unblock(), working_on(**own_postgres.login(name)):
        yield


@pytest.fixture
def worker(stack: dict[str, str]) -> Iterator[WorkerProcess]:
    yield from running_worker(stack)


@pytest.fixture
def death_note(tmp_path: Path) -> DeathNote:
    return DeathNote(tmp_path)


@pytest.fixture
def mortal(stack: dict[str, str], death_note: DeathNote) -> dict[str, str]:
    """The environment of application processes that heed the death note."""
    return stack | death_note.environment
