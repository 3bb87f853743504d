from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.outbox.connectors.rigs import RIGS, Rig


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """Each connector, and what it speaks to."""
    with RIGS[request.param](tmp_path) as rig:
        yield rig
