"""How long a model server asks its clients to wait.

The value is not trusted: it may be a date, infinity, a day or no number at all. The result is
above zero and at most `LONGEST`; the worker's own limit is `RETRY_AFTER_LIMIT`.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import isnan

LONGEST = timedelta(days=1)
"""What is longer reads as this: no turn waits so long."""

_EPOCH = 10**9
"""A figure from here on is a point in time, in seconds; from a thousand times that on, in
milliseconds."""
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_UNIT = r"(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)"
_SPAN = re.compile(rf"(?:{_UNIT}\b|{_UNIT}(?=\d))\s*", re.IGNORECASE)
_IN_WORDS = re.compile(
    r"(?:try again|retry|wait)(?:ing)?\s+(?:in|after|for)\s+((?:\d+(?:\.\d+)?\s*[a-z]+\s*)+)",
    re.IGNORECASE,
)
_LIMITS = ("", "-requests", "-tokens")
"""The limits whose reset times OpenAI and similar servers send."""


def from_headers(headers: Mapping[str, str]) -> timedelta | None:
    """The wait that the headers of an answer ask for; None if they ask for none.

    `Retry-After` comes first. The reset time of a limit counts only if that limit is used up.
    Points in time are compared with the server's own clock, if the answer tells its `Date`.
    """
    now = _date(headers.get("date")) or datetime.now(UTC)
    asked = _span(headers.get("retry-after-ms"), 0.001) or _moment(headers.get("retry-after"), now)
    if asked is not None:
        return asked
    resets = [_reset(headers, limit, now) for limit in _LIMITS]
    return max((each for each in resets if each is not None), default=None)


def from_words(text: str) -> timedelta | None:
    """The wait that a message asks for, such as "Please try again in 1m2.5s"."""
    found = _IN_WORDS.search(text)
    return _spelled(found[1]) if found else None


def _reset(headers: Mapping[str, str], limit: str, now: datetime) -> timedelta | None:
    for prefix in ("x-ratelimit", "ratelimit"):
        if headers.get(f"{prefix}-remaining{limit}", "0").strip() in ("0", "0.0"):
            wait = _moment(headers.get(f"{prefix}-reset{limit}"), now)
            if wait is not None:
                return wait
    return None


def _moment(text: str | None, now: datetime) -> timedelta | None:
    """A wait given as seconds, as a length of time with units, or as a point in time."""
    if not text:
        return None
    value = _number(text)
    if value is not None and value >= _EPOCH:
        value = (value / 1000 if value >= _EPOCH * 1000 else value) - now.timestamp()
    if value is not None:
        return _bounded(value)
    date = _date(text)
    return _bounded((date - now).total_seconds()) if date else _spelled(text)


def _span(text: str | None, unit: float) -> timedelta | None:
    value = _number(text or "")
    return None if value is None else _bounded(value * unit)


def _spelled(text: str) -> timedelta | None:
    """A length of time as `1m2.5s` or `20 seconds`."""
    total, rest = 0.0, text.strip().lower()
    while match := _SPAN.match(rest):
        figure, unit = match[1] or match[3], match[2] or match[4]
        name = "ms" if unit.startswith(("ms", "mil")) else unit[0]
        total += float(figure) * _SECONDS[name]
        rest = rest[match.end() :]
    return _bounded(total)


def _date(text: str | None) -> datetime | None:
    """An HTTP date, or one of ISO 8601."""
    if not text:
        return None
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            date = read(text.strip())
            return date if date.tzinfo else date.replace(tzinfo=UTC)
        except (ValueError, TypeError, OverflowError):
            continue
    return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return None if isnan(value) else value


def _bounded(seconds: float) -> timedelta | None:
    """A wait of so many seconds; None for what is no wait."""
    if not seconds > 0:
        return None
    return timedelta(seconds=min(seconds, LONGEST.total_seconds()))
