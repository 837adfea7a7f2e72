"""When a schedule happens: cron in a time zone, by the rules of Debian's cron.

- A job at a certain time of day that falls into an hour which is skipped happens right after it.
- One that falls into an hour which comes twice happens once, the first time.
- A job of every hour or every few minutes (its minute or hour begins with `*`) happens by the time
  that passes: not in the skipped hour, and in both of the two.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from turnstream.contracts.schedules import ScheduleTerms
from turnstream.errors import Unprocessable

_FIELDS = 5
_LOOKED_AT = 100
"""Occurrences that are looked at to know how close they lie."""


def first_occurrence(terms: ScheduleTerms, least: timedelta, now: datetime) -> datetime | None:
    """When a new schedule happens first. Raises `Unprocessable` for a time that has passed, and
    what `check` refuses.
    """
    if terms.cron is not None:
        check(terms.cron, least)
        return next_after(terms.cron, terms.time_zone, now)
    if terms.run_at is not None and terms.run_at <= now:
        raise Unprocessable("run_at has passed.")
    return terms.run_at


def occurrences(cron: str, time_zone: str, after: datetime) -> Iterator[datetime]:
    """When it happens after a moment, in UTC. It ends where it never happens again."""
    for moment in CronSim(cron, after.astimezone(ZoneInfo(time_zone))):
        yield moment.astimezone(UTC)


def next_after(cron: str, time_zone: str, moment: datetime) -> datetime | None:
    """When it happens next; None where it never does."""
    return next(occurrences(cron, time_zone, moment), None)


def latest_until(cron: str, time_zone: str, first: datetime, now: datetime) -> datetime:
    """The latest occurrence that is not in the future; `first` is one."""
    until = now.astimezone(ZoneInfo(time_zone))
    until = until.replace(microsecond=max(1, until.microsecond))  # so that `now` itself counts
    latest = next(iter(CronSim(cron, until, reverse=True)), None)
    return first if latest is None else max(first, latest.astimezone(UTC))


def check(cron: str, least: timedelta) -> None:
    """Raises `Unprocessable` for what is no cron, never happens, or happens more often than this.

    How close occurrences lie is told in UTC, where no hour is skipped or comes twice.
    """
    if len(cron.split()) != _FIELDS:
        raise Unprocessable("cron has five fields: minute, hour, day, month, day of the week.")
    try:
        found = list(islice(CronSim(cron, datetime.now(UTC)), _LOOKED_AT))
    except CronSimError as error:
        raise Unprocessable(f"cron: {error}.") from error
    if not found:
        raise Unprocessable("cron: it never happens.")
    if any(later - earlier < least for earlier, later in pairwise(found)):
        minutes = least.total_seconds() / 60
        raise Unprocessable(f"cron: at most every {minutes:g} minutes.")
