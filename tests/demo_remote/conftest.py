from collections.abc import Iterator
from pathlib import Path

import pytest

from demo_remote.server import RunningRemote, start
from tests.demo_remote.client import ALICE, TOKEN, Client


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "remote.sqlite3"


@pytest.fixture
def remote(database: Path) -> Iterator[RunningRemote]:
    with start(database, TOKEN) as running:
        yield running


@pytest.fixture
def client(remote: RunningRemote) -> Iterator[Client]:
    client = Client(remote.url)
    with client.session:
        yield client


@pytest.fixture
def alice(client: Client) -> dict[str, object]:
    """Alice's entity, as the remote replied to its creation."""
    return dict(client.create(ALICE).json())
