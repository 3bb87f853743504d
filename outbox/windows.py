"""When a destination is delivered to: at once, every so many minutes, or at certain hours.

Times of day are those of `settings.TIME_ZONE`.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Final

from outbox.wall_clock import first_showing, shown_at

AT_ONCE: Final = "at once"
#: What can be parsed, in words.
EXPECTED: Final = (
    "“at once”, “every 15 minutes” (1 to 1440), or hours of the day such as “22:00 to 05:00”"
)

_DAY: Final = timedelta(days=1)
_EVERY: Final = re.compile(r"every ([0-9]{1,4}) minutes?", re.IGNORECASE)
_TIME: Final = r"([01]?[0-9]|2[0-3]):([0-5][0-9])"
_DAILY: Final = re.compile(rf"{_TIME} to {_TIME}", re.IGNORECASE)


class Window(ABC):
    """Moments are aware datetimes."""

    @staticmethod
    def parse(text: str) -> "Window":
        """Raises ValueError, in words."""
        text = " ".join(text.split())
        if text.lower() == AT_ONCE:
            return AtOnce()
        if (every := _EVERY.fullmatch(text)) and 1 <= int(every[1]) <= 1440:
            return Every(int(every[1]))
        if daily := _DAILY.fullmatch(text):
            opens, closes = (
                time(int(hour), int(minute))
                for hour, minute in (daily.group(1, 2), daily.group(3, 4))
            )
            if opens != closes:
                return Daily(opens, closes)
        raise ValueError(f"{text!r} should be {EXPECTED}.")

    @property
    @abstractmethod
    def in_words(self) -> str:
        """For people: “sent every 15 minutes”."""

    @abstractmethod
    def next_at(self, moment: datetime) -> datetime:
        """The first moment, not before this one, at which delivery may begin."""

    def is_open(self, moment: datetime) -> bool:
        """Whether what is due may be sent."""
        return True

    def closed_seconds(self, start: datetime, end: datetime) -> float:
        """For how long, between the two, nothing was sent because of the hour."""
        return 0.0


@dataclass(frozen=True, slots=True)
class AtOnce(Window):
    @property
    def in_words(self) -> str:
        return "sent at once"

    def next_at(self, moment: datetime) -> datetime:
        return moment


@dataclass(frozen=True, slots=True)
class Every(Window):
    """In rounds: what is recorded between two ticks comes due with the later one."""

    minutes: int

    @property
    def in_words(self) -> str:
        return "sent every minute" if self.minutes == 1 else f"sent every {self.minutes} minutes"

    def next_at(self, moment: datetime) -> datetime:
        """Ticks are counted from midnight, by a clock that does not leap."""
        day = shown_at(moment).date()
        if _midnight(day + _DAY) <= moment:  # it has leapt back over midnight
            day += _DAY
        since, tick = moment - _midnight(day), timedelta(minutes=self.minutes)
        ticks = -(-since // tick)
        return min(_midnight(day) + ticks * tick, _midnight(day + _DAY))


@dataclass(frozen=True, slots=True)
class Daily(Window):
    """From one time of day to another, of the next day where that is earlier."""

    opens: time
    closes: time

    @property
    def in_words(self) -> str:
        return f"sent between {self.opens:%H:%M} and {self.closes:%H:%M}"

    def next_at(self, moment: datetime) -> datetime:
        opening = next(opens for opens, closes in self._openings(moment) if closes > moment)
        return max(moment, opening)

    def is_open(self, moment: datetime) -> bool:
        return self.next_at(moment) == moment

    def closed_seconds(self, start: datetime, end: datetime) -> float:
        """Exact for the last year; before that a day is as long as any other."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)  # durations, whatever clocks do
        days = max(0, (end - start).days - 366)
        closed = days * (_DAY - self._length)
        start += days * _DAY
        for opens, closes in self._openings(start):
            if start >= end:
                break
            closed += max(timedelta(), min(opens, end) - start)
            start = max(start, closes)
        return closed.total_seconds()

    @property
    def _length(self) -> timedelta:
        anywhere = date(2000, 1, 1)
        length = datetime.combine(anywhere, self.closes) - datetime.combine(anywhere, self.opens)
        return length % _DAY

    def _openings(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """From when to when it is open, from the day before on."""
        today = datetime.combine(shown_at(moment), self.opens)
        for days in count(-1):
            opens_at = today + days * _DAY
            opens, closes = first_showing(opens_at), first_showing(opens_at + self._length)
            # Where the clock leaps over all of it, it is open for as long from there.
            yield opens, closes if closes > opens else opens + self._length


def _midnight(day: date) -> datetime:
    return first_showing(datetime.combine(day, time()))
