"""`manage.py check`: settings that would break the guarantees are errors."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from outbox.conf import destination, destination_names, outbox_conf
from outbox.connectors.registry import connector_class


@register("outbox")
def check_destinations(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for name in destination_names():
        where = f'DESTINATIONS["{name}"]'
        connector = settings.DESTINATIONS[name].get("CONNECTOR")
        try:
            connector_class(connector or "")
        except (ImportError, TypeError) as error:
            found.append(Error(f"{where}: CONNECTOR {connector!r}: {error}", id="outbox.E001"))
    return found


@register("outbox")
def check_durations(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A lease must outlive a request, and a drain the queue's patience."""
    conf = outbox_conf()
    found: list[CheckMessage] = []
    task_timeout = settings.Q_CLUSTER.get("timeout") or 0
    for name in destination_names():
        deadline = destination(name).endpoint.deadline
        if conf.lease <= deadline + conf.grace:
            found.append(
                Error(
                    f"OUTBOX_LEASE is {conf.lease:g} s; it must exceed the deadline of {name} "
                    f"({deadline:g} s) plus OUTBOX_GRACE ({conf.grace:g} s), or nothing is sent.",
                    id="outbox.E002",
                )
            )
        if conf.drain + deadline >= task_timeout:
            found.append(
                Error(
                    f'Q_CLUSTER["timeout"] is {task_timeout} s; it must exceed OUTBOX_DRAIN '
                    f"({conf.drain:g} s) plus the deadline of {name} ({deadline:g} s), "
                    "or workers are killed in mid-delivery.",
                    id="outbox.E003",
                )
            )
    return found
