"""The switches of one running remote: which faults are on, and whom they strike."""

import threading
from collections.abc import Callable
from dataclasses import replace

from demo_remote.faults import NO_FAULTS, Faults


class FaultSwitches:
    """Kept in memory: a stopped remote forgets them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults = NO_FAULTS

    def state(self) -> Faults:
        """What is switched on now."""
        return self._faults

    def replace(self, faults: Faults) -> None:
        """Replace the whole state."""
        with self._lock:
            self._faults = faults

    def take(
        self, names: frozenset[str], about: Callable[[], str | None], *, by_key: bool = False
    ) -> Faults:
        """The faults for one request, counted down once when there are any.

        `names` are the switches that act on this sort of request; `about` tells the key that
        the request is about (None for none) and is asked only if it matters. `by_key` asks for
        faults only that strike this very key: others have struck the batch that it came in.
        """
        if self._faults is NO_FAULTS:
            return NO_FAULTS
        with self._lock:
            state = self._faults
            if by_key and state.key is None:
                return NO_FAULTS
            taken = state.only(names)
            if not taken.any_on() or (state.key is not None and about() != state.key):
                return NO_FAULTS
            if state.times is not None:
                left = state.times - 1
                self._faults = replace(state, times=left) if left else NO_FAULTS
            return taken
