"""The wall clock of `settings.TIME_ZONE`, which leaps forward in spring and back in autumn."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta

from django.utils import timezone


def shown_at(moment: datetime) -> datetime:
    """What the clock shows then, without a time zone."""
    return moment.astimezone(timezone.get_default_timezone()).replace(tzinfo=None, fold=0)


def first_showing(wall: datetime) -> datetime:
    """The first moment, in UTC, at which the clock shows this time, in whole seconds.

    A time that it shows twice counts the first time; one that it leaps over, when it leaps.
    """
    here = timezone.get_default_timezone()
    moment = wall.replace(tzinfo=here).astimezone(UTC)
    if shown_at(moment) == wall:
        return moment
    # Of a time that is leapt over, PEP 495 gives one moment before the leap and one behind it.
    before = wall.replace(tzinfo=here, fold=1).astimezone(UTC)
    seconds = range(round((moment - before).total_seconds()))
    leap = bisect_left(seconds, wall, key=lambda s: shown_at(before + timedelta(seconds=s)))
    return before + timedelta(seconds=leap)
