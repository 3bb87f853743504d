"""The outbox's settings, typed. Durations are in seconds."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings

from outbox.connectors.base import Connector, Endpoint
from outbox.connectors.registry import connector_class
from outbox.errors import UnknownDestination
from outbox.windows import AT_ONCE, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxConf:
    """`settings.OUTBOX`."""

    #: How long a claimed lane belongs to the drain that claimed it.
    lease: float = 60
    #: How long after its deadline a request may still take effect at the remote.
    grace: float = 5
    #: A drain stops after this long, and wakes another where work is left.
    drain: float = 20
    #: Between two sweeps of the supervisor.
    sweep: float = 2
    #: A cluster that shows no sign of life for so long, while work is overdue, is restarted.
    wedged_after: float = 25
    #: First wait after a failed try; doubles up to the longest.
    backoff_first: float = 1
    backoff_longest: float = 3600
    #: A message is given up when its first failed try lies so far back.
    dead_after: float = 7 * 86400
    #: For how long messages that have ended are kept, with their attempts.
    keep: float = 30 * 86400
    #: While a destination takes nothing from anybody: first and longest wait between two probes.
    hold_first: float = 1
    hold_longest: float = 15
    #: Messages of one lane that one claim may send.
    claim_depth: int = 20
    #: A message during whose sole sending so many workers died is given up.
    crash_limit: int = 3


class DeadHead(StrEnum):
    BLOCK = "block"  # they wait until a person has decided
    SKIP = "skip"  # they are sent; the fields of the dead one differ until one of them covers them


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One entry of `settings.DESTINATIONS`."""

    name: str
    label: str
    connector: str
    endpoint: Endpoint
    #: Records in one request, at most; 1: each by itself.
    batch: int
    #: Whether updates of a record that wait one behind the other may leave as one.
    merge: bool
    #: Requests per second, at most; None: as many as it takes.
    rate: float | None
    #: What becomes of the updates behind one that is dead.
    dead_head: DeadHead
    window: Window

    def connect(self) -> Connector:
        return connector_class(self.connector)(self.endpoint)


def outbox_conf() -> OutboxConf:
    values: dict[str, Any] = settings.OUTBOX
    return OutboxConf(**values)


def destination_names() -> list[str]:
    return list(settings.DESTINATIONS)


def label_of(name: str) -> str:
    """For people. A destination outlives its entry in the settings: then its name has to do."""
    return str(settings.DESTINATIONS.get(name, {}).get("LABEL", name))


def window_of(name: str) -> Window:
    """When a destination is delivered to; at once, where it is not in the settings (any more)."""
    options = settings.DESTINATIONS.get(name, {}).get("OPTIONS", {})
    return Window.parse(options.get("deliver", AT_ONCE))


def destination(name: str) -> Destination:
    """Raises UnknownDestination."""
    try:
        entry = settings.DESTINATIONS[name]
    except KeyError:
        raise UnknownDestination(name, destination_names()) from None
    options = entry.get("OPTIONS", {})
    return Destination(
        name=name,
        label=entry.get("LABEL", name),
        connector=entry["CONNECTOR"],
        endpoint=Endpoint(
            name=name,
            url=entry.get("URL", ""),
            token=entry.get("TOKEN", ""),
            deadline=options.get("deadline", 15),
            concurrency=options.get("concurrency", 16),
            idempotent=options.get("idempotent", True),
            settle_after=options.get("settle_after", 30),
        ),
        batch=options.get("batch", 1),
        merge=options.get("merge", False),
        rate=options.get("rate"),
        dead_head=DeadHead(options.get("dead_head", DeadHead.BLOCK)),
        window=window_of(name),
    )
