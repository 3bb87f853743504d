"""Claiming: which of the due lanes a drain leases next."""

from collections.abc import Sequence
from dataclasses import replace

from outbox.conf import Destination, outbox_conf
from outbox.conf import destination as configured
from outbox.leasing import ClaimedLane, Line, lease
from outbox.looking import Look, look
from outbox.models import Priority
from outbox.shares import Shares


def claim(
    destination: str, limit: int, shares: Shares, *, seen: Look | None = None
) -> list[ClaimedLane]:
    """Lease up to `limit` due lanes, those that somebody waits for first.

    `seen`: what was there to be claimed, where it was just looked at. Raises UnknownDestination.
    """
    target = configured(destination)
    seen = seen or look(destination, solo=False)
    interactive = _line(target, Priority.INTERACTIVE)
    bulk = _line(target, Priority.BULK)
    is_bulk_waiting = Priority.BULK in seen.waiting
    is_somebody_waiting = Priority.INTERACTIVE in seen.waiting
    first = max(0, limit - shares.bulk_least) if is_bulk_waiting else limit
    claimed = _claim(interactive, first, target, seen) if is_somebody_waiting else []
    wants_more = is_somebody_waiting and _places(claimed, target) >= first
    if is_bulk_waiting:
        most = min(limit - _places(claimed, target), shares.bulk_most)
        claimed += _claim(bulk, most, target, seen)
        if wants_more:  # bulk work has left some of its share
            claimed += _claim(interactive, limit - _places(claimed, target), target, seen)
    return claimed


def claim_solo(destination: str, *, seen: Look | None = None) -> list[ClaimedLane]:
    """Lease one lane whose drain died, for the first message that may have been sent."""
    seen = seen or look(destination, solo=True)
    line = Line(destination=destination, is_solo=True, depth=1)
    return lease(line, 1, now=seen.at) if seen.waiting else []


def _line(target: Destination, priority: Priority) -> Line:
    depth = outbox_conf().claim_depth
    if priority == Priority.BULK:
        depth = 1  # its lane gives the sender back after each message: a form edit may want it
    if not target.endpoint.idempotent:
        depth = 1  # of several that a drain leaves behind, the first could be applied last
    return Line(destination=target.name, priority=priority, depth=depth, merge=target.merge)


def _claim(line: Line, limit: int, target: Destination, seen: Look) -> list[ClaimedLane]:
    """Where requests go in batches, those that go alone may take half of the senders."""
    if target.batch == 1 or limit <= 1:
        return lease(line, limit, now=seen.at)
    failing = replace(line, is_failing=True)
    most = max(1, limit // target.batch // 2)
    alone = lease(failing, most, now=seen.at) if failing.due().exists() else []
    together = replace(line, is_failing=False)
    return alone + lease(together, limit - _places(alone, target), now=seen.at)


def _places(claimed: Sequence[ClaimedLane], target: Destination) -> int:
    """A lane that goes alone takes a sender, which could take a batch of others."""
    return sum(target.batch if lane.is_alone else 1 for lane in claimed)
