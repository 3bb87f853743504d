"""Something that happens in this process at a crash point."""

import sys
import threading
from collections.abc import Callable

import pytest

from outbox import crash_points


def at_point(
    patch: pytest.MonkeyPatch, point: str, happen: Callable[[], None], *, passing: int = 1
) -> threading.Event:
    """`happen` once, when this process comes by for the `passing`-th time; then it is set."""
    left, one_thread, happened = [passing], threading.Lock(), threading.Event()

    def come_by(name: str) -> None:
        with one_thread:
            if name == point and left[0]:
                left[0] -= 1
                if not left[0]:
                    happen()
                    happened.set()

    seam = crash_points.crash_point
    for module in list(sys.modules.values()):
        if getattr(module, "crash_point", None) is seam:
            patch.setattr(module, "crash_point", come_by)
    return happened
