import random

import pytest

from outbox.retry_policy import lane_backoff


def test_the_wait_doubles_up_to_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda least, most: most)
    waits = [lane_backoff(failures) for failures in (1, 2, 3, 4, 12, 13, 10_000)]
    assert waits == [1, 2, 4, 8, 2048, 3600, 3600]


def test_lanes_that_failed_together_come_back_spread_out() -> None:
    waits = [lane_backoff(8) for _ in range(200)]
    assert 12.8 <= min(waits) < 40
    assert 100 < max(waits) <= 128
