"""A demo remote, a proxy in front of it, and the destination `erp` that speaks to the proxy."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from demo_remote.server import start
from tests.faults.certificates import Certificates
from tests.faults.journey import NO_HURRY, TOKEN, SetUrl
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.processes.ledger import DemoRemoteClient


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[DemoRemoteClient]:
    """Asked directly, past the proxy."""
    with start(tmp_path / "remote.sqlite3", TOKEN) as running:
        yield DemoRemoteClient(running.url, TOKEN)


@pytest.fixture
def set_url(settings: Settings) -> SetUrl:
    """Points `erp` to an address, by the connector of production."""

    def set_url(url: str, *, deadline: float = NO_HURRY) -> None:
        settings.DESTINATIONS = {
            "erp": {
                "LABEL": "ERP",
                "CONNECTOR": "outbox.connectors.rest.RestConnector",
                "URL": url,
                "TOKEN": TOKEN,
                "OPTIONS": {"deadline": deadline, "concurrency": 16},
            }
        }
        # Long beside a drain, so that each of them tries a message once.
        settings.OUTBOX = settings.OUTBOX | {"backoff_first": 60}

    return set_url


@pytest.fixture
def proxy(
    transactional_db: None, remote: DemoRemoteClient, set_url: SetUrl
) -> Iterator[FaultProxy]:
    with fault_proxy(remote.url) as proxy:
        set_url(proxy.url)
        yield proxy


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is not installed")
    return Certificates(tmp_path_factory.mktemp("certificates"))
