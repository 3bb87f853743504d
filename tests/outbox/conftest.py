from collections.abc import Iterator

import pytest

from outbox import rendering
from records.rendering import render_now
from tests.outbox.situations import RECORDS, rendered_now


@pytest.fixture(autouse=True)
def records_of_situations() -> Iterator[None]:
    """Whoever asks for a record as it is now gets what the situations' edits have made of it."""
    RECORDS.clear()
    rendering.register(rendered_now)
    yield
    rendering.register(render_now)
