"""When schedules happen: cron in time zones, with hours that are skipped and that come twice."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from turnstream.errors import Unprocessable
from turnstream.schedules import times

BERLIN = "Europe/Berlin"
ZONES = (BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Taipei", "America/Sao_Paulo")
FIVE = timedelta(minutes=5)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN))


def local(cron: str, after: datetime, count: int) -> list[str]:
    """The next occurrences in Berlin, as its clocks show them."""
    found = islice(times.occurrences(cron, BERLIN, after), count)
    return [f"{each.astimezone(ZoneInfo(BERLIN)):%d %H:%M %z}" for each in found]


def test_a_time_of_day_that_is_skipped_happens_right_after_it() -> None:
    """On 29 March 2026 the clocks of Berlin go from 2:00 to 3:00."""
    after = berlin("2026-03-28T12:00:00")
    assert local("30 2 * * *", after, 2) == ["29 03:00 +0200", "30 02:30 +0200"]


def test_a_time_of_day_that_comes_twice_happens_the_first_time() -> None:
    """On 25 October 2026 the hour from 2:00 comes twice."""
    after = berlin("2026-10-24T12:00:00")
    assert local("30 2 * * *", after, 2) == ["25 02:30 +0200", "26 02:30 +0100"]


def test_what_happens_every_hour_goes_by_the_time_that_passes() -> None:
    """In both hours that have one name, and not in the one that is skipped."""
    twice = local("0 * * * *", berlin("2026-10-25T01:30:00"), 3)
    assert twice == ["25 02:00 +0200", "25 02:00 +0100", "25 03:00 +0100"]
    skipped = local("0 * * * *", berlin("2026-03-29T00:30:00"), 2)
    assert skipped == ["29 01:00 +0100", "29 03:00 +0200"]


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    at=st.times(timezones=st.none()),
    day=st.dates(date(2015, 1, 1), date(2035, 1, 1)),
)
def test_what_happens_daily_happens_once_on_each_day(zone: str, at: time, day: date) -> None:
    """Whatever the clocks do, for a year; later and later, and never twice in one minute."""
    cron, begin = f"{at.minute} {at.hour} * * *", datetime.combine(day, time(), UTC)
    found = list(islice(times.occurrences(cron, zone, begin), 366))
    days = [each.astimezone(ZoneInfo(zone)).date() for each in found]
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))
    assert all(earlier < later for earlier, later in pairwise(found))


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    cron=st.sampled_from(("0 * * * *", "*/15 * * * *", "30 2 * * *", "0 9 * * 1-5", "0 0 1 * *")),
    begin=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    late=st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_the_latest_that_was_missed_is_the_last_before_now(
    zone: str, cron: str, begin: datetime, late: timedelta
) -> None:
    """The next one comes after now, and nothing lies between."""
    first = times.next_after(cron, zone, begin)
    assert first is not None
    now = first + late
    latest, following = (
        times.latest_until(cron, zone, first, now),
        times.next_after(cron, zone, now),
    )
    assert following is not None
    assert latest <= now < following
    passed = takewhile(lambda each: each <= now, times.occurrences(cron, zone, first))
    assert latest == max([first, *passed])


@pytest.mark.parametrize(
    "cron",
    ["* * * * *", "*/4 * * * *", "0,2 9 * * *", "0 0 30 2 *", "soon", "0 0 0 1 1 *", "60 * * * *"],
)
def test_what_is_no_cron_or_too_often_is_refused(cron: str) -> None:
    with pytest.raises(Unprocessable, match="cron"):
        times.check(cron, FIVE)


@pytest.mark.parametrize("cron", ["*/5 * * * *", "0 9 * * MON-FRI", "0 0 29 2 *", "0 9 L * *"])
def test_what_is_a_cron_and_not_too_often_is_taken(cron: str) -> None:
    times.check(cron, FIVE)
