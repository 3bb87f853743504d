"""Everything one running remote has."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from demo_remote.collection import Collection
from demo_remote.fault_switches import FaultSwitches
from demo_remote.message import Refusal
from demo_remote.store import Store


@dataclass(frozen=True, kw_only=True)
class Remote:
    """Shared by all threads that answer requests."""

    store: Store
    token: str
    """The bearer token of the API."""
    collections: Mapping[str, Collection]
    switches: FaultSwitches = field(default_factory=FaultSwitches)
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the remote stops; ends every wait."""

    def collection(self, name: str) -> Collection:
        """Raises Refusal 404 for an unknown name."""
        found = self.collections.get(name)
        if found is None:
            raise Refusal(404, "not_found", f"There is no collection {name}.")
        return found
