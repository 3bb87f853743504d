"""The outbox's settings, typed. Durations are in seconds."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from outbox.connectors.base import Connector, Endpoint
from outbox.connectors.registry import connector_class
from outbox.errors import UnknownDestination


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
    #: While a destination takes nothing from anybody: first and longest wait between two probes.
    hold_first: float = 1
    hold_longest: float = 15
    #: Messages of one lane that one claim may send.
    claim_depth: int = 20
    #: A message during whose sole sending so many workers died is given up.
    crash_limit: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One entry of `settings.DESTINATIONS`."""

    name: str
    label: str
    connector: str
    endpoint: Endpoint

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
        ),
    )
