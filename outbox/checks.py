"""`manage.py check`: settings that would break the guarantees are errors."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from outbox.conf import DeadHead, destination, destination_names, outbox_conf
from outbox.connectors.registry import connector_class
from outbox.windows import AT_ONCE, EXPECTED, Window


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
def check_options(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(f'DESTINATIONS["{name}"]: {wrong}', id="outbox.E004")
        for name in destination_names()
        for wrong in _wrong_options(settings.DESTINATIONS[name])
    ]


def _wrong_options(entry: Mapping[str, Any]) -> Iterator[str]:
    options = entry.get("OPTIONS", {})
    deliver, dead_head = options.get("deliver", AT_ONCE), options.get("dead_head", DeadHead.BLOCK)
    batch, rate = options.get("batch", 1), options.get("rate")
    if not _can_be_parsed(deliver):
        yield f"deliver is {deliver!r}; it should be {EXPECTED}."
    if dead_head not in list(DeadHead):
        yield f"dead_head is {dead_head!r}; it should be {' or '.join(DeadHead)}."
    if not (isinstance(batch, int) and batch >= 1):
        yield f"batch is {batch!r}; it should be a whole number from 1."
    elif batch > 1 and not _supports_batches(entry.get("CONNECTOR") or ""):
        yield f"batch is {batch}, but {entry['CONNECTOR']} takes one record in a request."
    if rate is not None and not (isinstance(rate, int | float) and rate > 0):
        yield f"rate is {rate!r}; it should be a number above 0, or None for no limit."


def _can_be_parsed(deliver: object) -> bool:
    try:
        Window.parse(str(deliver))
    except ValueError:
        return False
    return True


def _supports_batches(connector: str) -> bool:
    try:
        return bool(getattr(connector_class(connector), "supports_batches", False))
    except (ImportError, TypeError):
        return True  # there is no such connector, which is an error of its own


@register("outbox")
def check_durations(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A lease must outlive a request, and a drain the queue's patience."""
    conf = outbox_conf()
    found: list[CheckMessage] = []
    task_timeout = settings.Q_CLUSTER.get("timeout") or 0
    for name in destination_names():
        if any(_wrong_options(settings.DESTINATIONS[name])):
            continue  # that comes first
        endpoint = destination(name).endpoint
        deadline = endpoint.deadline
        looked_up = 0.0 if endpoint.idempotent else endpoint.looked_up_within
        times = ", three times: it is looked up first" if looked_up else ""
        if conf.lease <= looked_up + deadline + conf.grace:
            found.append(
                Error(
                    f"OUTBOX_LEASE is {conf.lease:g} s; it must exceed the deadline of {name} "
                    f"({deadline:g} s{times}) "
                    f"plus OUTBOX_GRACE ({conf.grace:g} s), or nothing is sent.",
                    id="outbox.E002",
                )
            )
        # The last request may be followed by a look-up, and that by a ping.
        if conf.drain + 3 * deadline >= task_timeout:
            found.append(
                Error(
                    f'Q_CLUSTER["timeout"] is {task_timeout} s; it must exceed OUTBOX_DRAIN '
                    f"({conf.drain:g} s) plus three times the deadline of {name} ({deadline:g} s), "
                    "or workers are killed in mid-delivery.",
                    id="outbox.E003",
                )
            )
    return found
