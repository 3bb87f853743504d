"""Shares: how many senders bulk work may hold, and how many are its own.

A form edit must find a free sender while an upload is delivered, and an upload must get on while
forms are busy. So each side keeps about a fifth of the senders that the other cannot take.
"""

from dataclasses import dataclass
from typing import Final

SHARE: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    #: Senders in all, and those that send bulk messages now.
    concurrency: int
    bulk_under_way: int = 0

    @property
    def bulk_most(self) -> int:
        """How many more senders bulk work may take."""
        kept = max(1, round(SHARE * self.concurrency)) if self.concurrency > 1 else 0
        return max(0, self.concurrency - kept - self.bulk_under_way)

    @property
    def bulk_least(self) -> int:
        """How many of the free senders are for bulk work, where there is any."""
        return max(0, round(SHARE * self.concurrency) - self.bulk_under_way)
