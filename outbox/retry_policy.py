"""When a failed message is tried again, and when it is given up."""

import random

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


def is_given_up(failing_for: float) -> bool:
    """`failing_for`: seconds since the first failed try in which the destination was open."""
    return failing_for > outbox_conf().dead_after
