"""Shares: how many senders bulk work may hold, and how many are its own.

A form edit must find a free sender while an upload is delivered, and an upload must get on while
forms are busy. So each side keeps about a fifth of the senders that the other cannot take.
"""

from dataclasses import dataclass
from typing import Final

SHARE: Final = 0.2
#: One in so many begins with bulk work: of a drain's claims, where there are too few senders for a
#: share, and of what its senders take.
BULK_TURN: Final = 5


def free_places(at_once: int, *, senders: int, bulk: int, interactive: int) -> int:
    """How many more may be under way, of `at_once` in all, where so many are.

    A form edit finds a place whatever bulk work waits: more of it may do so than there is room for,
    since a destination became slow.
    """
    return max(0, at_once - bulk - interactive, _kept(senders) - interactive)


def _kept(senders: int) -> int:
    """Where bulk work must not come."""
    return max(1, round(SHARE * senders))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    #: Lanes that may be sent at once, and those that are sent as bulk now.
    concurrency: int
    bulk_under_way: int = 0
    #: Every so often bulk work goes first, where its share is less than one.
    is_bulk_turn: bool = False

    @property
    def bulk_most(self) -> int:
        """How many more senders bulk work may take."""
        kept = _kept(self.concurrency) if self.concurrency > 1 else 0
        return max(0, self.concurrency - kept - self.bulk_under_way)

    @property
    def bulk_least(self) -> int:
        """How many of the free senders are for bulk work, where there is any."""
        share = round(SHARE * self.concurrency) or int(self.is_bulk_turn)
        return max(0, share - self.bulk_under_way)
