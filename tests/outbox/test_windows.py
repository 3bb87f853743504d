"""When a destination is delivered to, whatever the clocks do."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from outbox.windows import Window

BERLIN = ZoneInfo("Europe/Berlin")
#: Clocks that leap at 2, at midnight, by half an hour, over a whole day, and not at all.
ZONES = ["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]

MINUTE = timedelta(minutes=1)

moments = st.datetimes(datetime(2009, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
minutes_of_day = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
daily = st.tuples(minutes_of_day, minutes_of_day).filter(lambda pair: pair[0] != pair[1])


def berlin(text: str, *, fold: int = 0) -> datetime:
    """“2026-03-29 01:30”, as clocks in Berlin show it; fold=1: for the second time."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


@pytest.fixture
def in_berlin(settings: object) -> None:
    """Clocks leap from 2 to 3 on 29 March 2026, and back from 3 to 2 on 25 October 2026."""
    settings.TIME_ZONE = "Europe/Berlin"  # type: ignore[attr-defined]


# What can be written


@pytest.mark.parametrize(
    ("text", "in_words"),
    [
        ("at once", "sent at once"),
        (" At  once ", "sent at once"),
        ("every 15 minutes", "sent every 15 minutes"),
        ("every 1 minute", "sent every minute"),
        ("every 1440 minutes", "sent every 1440 minutes"),
        ("22:00 to 05:00", "sent between 22:00 and 05:00"),
        ("9:30 to 17:00", "sent between 09:30 and 17:00"),
    ],
)
def test_a_window_is_read_and_told_in_words(text: str, in_words: str) -> None:
    assert Window.parse(text).in_words == in_words


@pytest.mark.parametrize(
    "text",
    ["", "later", "every 0 minutes", "every 1441 minutes", "every 1.5 minutes", "every ٣ minutes",
     "every 99999 minutes", "every minutes", "22:00", "22 to 05", "24:00 to 05:00",
     "22:60 to 05:00", "05:00 to 05:00", "22:00 to 05:00 daily"],
)  # fmt: skip
def test_anything_else_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        Window.parse(text)
    for allowed in ("“at once”", "“every 15 minutes” (1 to 1440)", "“22:00 to 05:00”"):
        assert allowed in str(refused.value)


# At once


def test_at_once_is_always() -> None:
    window, moment = Window.parse("at once"), berlin("2026-03-29 03:30")
    assert window.next_at(moment) == moment
    assert window.is_open(moment)
    assert window.closed_seconds(moment, moment + timedelta(days=9)) == 0


# Every so many minutes


@pytest.mark.parametrize(
    ("text", "now", "then"),
    [
        ("every 15 minutes", "2026-05-04 08:00:01", "2026-05-04 08:15"),
        ("every 15 minutes", "2026-05-04 08:15", "2026-05-04 08:15"),
        ("every 7 minutes", "2026-05-04 00:08", "2026-05-04 00:14"),
        ("every 7 minutes", "2026-05-04 23:58", "2026-05-05 00:00"),
        ("every 1440 minutes", "2026-05-04 00:00:01", "2026-05-05 00:00"),
        ("every 60 minutes", "2026-03-29 01:30", "2026-03-29 03:00"),
    ],
)
def test_the_next_tick_is_counted_from_midnight(
    in_berlin: None, text: str, now: str, then: str
) -> None:
    assert Window.parse(text).next_at(berlin(now)) == berlin(then)


def test_an_hour_that_comes_twice_has_its_ticks_twice(in_berlin: None) -> None:
    window = Window.parse("every 30 minutes")
    assert window.next_at(berlin("2026-10-25 02:01")) == berlin("2026-10-25 02:30")
    assert window.next_at(berlin("2026-10-25 02:31")) == berlin("2026-10-25 02:00", fold=1)
    assert window.next_at(berlin("2026-10-25 02:01", fold=1)) == berlin("2026-10-25 02:30", fold=1)


@settings(deadline=None)
@given(moment=moments, minutes=st.integers(1, 1440), zone=st.sampled_from(ZONES))
def test_nothing_waits_longer_than_from_tick_to_tick(
    moment: datetime, minutes: int, zone: str
) -> None:
    with override_settings(TIME_ZONE=zone):
        window = Window.parse(f"every {minutes} minutes")
        tick = window.next_at(moment)
        assert timedelta() <= tick - moment < timedelta(minutes=minutes)
        assert window.next_at(tick) == tick
        assert window.next_at(tick - timedelta(microseconds=1)) == tick
    assert window.is_open(moment)
    assert window.closed_seconds(moment, moment + timedelta(days=1)) == 0


# Daily


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-05-04 21:59:59", "2026-05-04 22:00"),
        ("2026-05-04 22:00", "2026-05-04 22:00"),
        ("2026-05-05 00:30", "2026-05-05 00:30"),
        ("2026-05-05 04:59:59", "2026-05-05 04:59:59"),
        ("2026-05-05 05:00", "2026-05-05 22:00"),
    ],
)
def test_a_window_may_cross_midnight(in_berlin: None, now: str, then: str) -> None:
    window = Window.parse("22:00 to 05:00")
    assert window.next_at(berlin(now)) == berlin(then)
    assert window.is_open(berlin(now)) is (now == then)


def test_a_night_in_which_clocks_leap_ends_when_they_show_so(in_berlin: None) -> None:
    window = Window.parse("22:00 to 05:00")
    spring = berlin("2026-03-28 22:00"), berlin("2026-03-29 05:00")
    autumn = berlin("2026-10-24 22:00"), berlin("2026-10-25 05:00")
    for (opens, closes), hours in ((spring, 6), (autumn, 8)):
        assert closes - opens == timedelta(hours=hours)
        assert window.is_open(opens)
        assert window.is_open(closes - MINUTE)
        assert not window.is_open(closes)
        assert window.closed_seconds(opens - MINUTE, closes + 2 * MINUTE) == 180


@pytest.mark.parametrize(
    ("text", "opens", "closes"),
    [
        # The clock shows 01:59:59 and then 03:00.
        ("02:30 to 05:00", "2026-03-29 03:00", "2026-03-29 05:00"),
        ("01:00 to 02:30", "2026-03-29 01:00", "2026-03-29 03:00"),
        ("02:30 to 03:10", "2026-03-29 03:00", "2026-03-29 03:10"),
        ("02:00 to 03:00", "2026-03-29 03:00", "2026-03-29 04:00"),
        ("02:15 to 02:45", "2026-03-29 03:00", "2026-03-29 03:30"),
    ],
)
def test_a_time_that_does_not_exist_is_when_the_clock_leaps(
    in_berlin: None, text: str, opens: str, closes: str
) -> None:
    window = Window.parse(text)
    assert window.next_at(berlin("2026-03-29 00:00")) == berlin(opens)
    assert not window.is_open(berlin(opens) - MINUTE)
    assert window.is_open(berlin(closes) - MINUTE)
    assert not window.is_open(berlin(closes))


@pytest.mark.parametrize(
    ("text", "opens", "closes"),
    [
        ("02:15 to 02:45", "2026-10-25 02:15", "2026-10-25 02:45"),
        ("02:30 to 05:00", "2026-10-25 02:30", "2026-10-25 05:00"),
        ("01:00 to 02:30", "2026-10-25 01:00", "2026-10-25 02:30"),
    ],
)
def test_of_a_time_that_comes_twice_the_first_counts(
    in_berlin: None, text: str, opens: str, closes: str
) -> None:
    window = Window.parse(text)
    assert window.next_at(berlin("2026-10-25 00:00")) == berlin(opens)
    assert window.is_open(berlin(closes) - MINUTE)
    assert not window.is_open(berlin(closes))
    after = window.next_at(berlin(closes))
    assert after.astimezone(BERLIN).date().isoformat() == "2026-10-26"


@settings(deadline=None)
@given(moment=moments, hours=daily, zone=st.sampled_from(ZONES))
def test_it_opens_once_a_day(moment: datetime, hours: tuple[str, str], zone: str) -> None:
    with override_settings(TIME_ZONE=zone):
        window = Window.parse(" to ".join(hours))
        opening = window.next_at(moment)
        assert opening >= moment
        assert window.is_open(opening)
        assert window.is_open(moment) is (opening == moment)
        # Samoa went without a day, a clock may leap by an hour, and nothing else takes longer.
        longest = timedelta(days=2) if zone == "Pacific/Apia" else timedelta(days=1, hours=1)
        assert opening - moment < longest


@settings(deadline=None)
@given(moment=moments, hours=daily, zone=st.sampled_from(ZONES))
def test_on_a_day_without_a_leap_it_is_open_as_the_clock_shows(
    moment: datetime, hours: tuple[str, str], zone: str
) -> None:
    here = ZoneInfo(zone)
    around = [(moment + timedelta(days=days)).astimezone(here).utcoffset() for days in range(-3, 4)]
    if len(set(around)) > 1:
        return
    opens, closes = hours
    shown = f"{moment.astimezone(here):%H:%M}"
    inside = opens <= shown < closes if opens < closes else not closes <= shown < opens
    with override_settings(TIME_ZONE=zone):
        assert Window.parse(f"{opens} to {closes}").is_open(moment) is inside


# How long it was closed


@settings(deadline=None, max_examples=50)
@given(
    start=moments.map(lambda at: at.replace(second=0, microsecond=0)),
    minutes=st.integers(0, 4 * 1440),
    hours=daily,
    zone=st.sampled_from(ZONES),
)
def test_it_was_closed_in_every_minute_in_which_it_was_not_open(
    start: datetime, minutes: int, hours: tuple[str, str], zone: str
) -> None:
    with override_settings(TIME_ZONE=zone):
        window = Window.parse(" to ".join(hours))
        closed = sum(not window.is_open(start + minute * MINUTE) for minute in range(minutes))
        assert window.closed_seconds(start, start + minutes * MINUTE) == 60 * closed


def test_through_a_year_it_is_counted_through_both_leaps(in_berlin: None) -> None:
    window = Window.parse("22:00 to 05:00")
    days = [berlin("2026-01-01 12:00") + timedelta(days=day) for day in range(366)]
    of_each = sum(window.closed_seconds(noon, later) for noon, later in pairwise(days))
    assert window.closed_seconds(days[0], days[-1]) == of_each == 365 * 17 * 3600


def test_after_years_it_is_right_but_for_the_leaps(in_berlin: None) -> None:
    window = Window.parse("22:00 to 05:00")
    start, end = berlin("2000-01-01 12:00"), berlin("2026-01-01 12:00")
    days = (end - start).days
    assert window.closed_seconds(start, end) == pytest.approx(days * 17 * 3600, abs=3600)


def test_it_is_counted_quickly_however_long_ago_that_was(
    in_berlin: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = []
    real = Window.parse("22:00 to 05:00")

    def counted(wall: datetime) -> datetime:
        looked_at.append(wall)
        return wall.replace(tzinfo=UTC)

    monkeypatch.setattr("outbox.windows.first_showing", counted)
    real.closed_seconds(datetime(1900, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
    assert len(looked_at) < 1000


def test_nothing_is_closed_backwards() -> None:
    window, moment = Window.parse("22:00 to 05:00"), datetime(2026, 5, 4, 12, tzinfo=UTC)
    assert window.closed_seconds(moment, moment - timedelta(days=3)) == 0
    assert window.closed_seconds(moment, moment) == 0
