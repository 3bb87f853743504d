"""When a failed message is tried again, and when it is given up."""

import random
from datetime import datetime, timedelta

from outbox.conf import outbox_conf


def backoff(failures: int, *, first: float, longest: float) -> float:
    """Seconds to wait after so many failures in a row (≥ 1): doubling, with full jitter.

    Full jitter, after the AWS Architecture Blog's "Exponential Backoff And Jitter": many lanes
    that failed together come back spread out.
    """
    ceiling = min(longest, first * 2 ** min(failures - 1, 32))
    return random.uniform(ceiling / 10, ceiling)  # noqa: S311  nobody gains by guessing it


def lane_backoff(failures: int) -> float:
    conf = outbox_conf()
    return backoff(failures, first=conf.backoff_first, longest=conf.backoff_longest)


def hold_backoff(failures: int) -> float:
    conf = outbox_conf()
    return backoff(failures, first=conf.hold_first, longest=conf.hold_longest)


def is_given_up(first_failed_at: datetime | None, now: datetime) -> bool:
    return first_failed_at is not None and now - first_failed_at > timedelta(
        seconds=outbox_conf().dead_after
    )
