"""Rates: how many requests may come in how long a time."""

import re
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, NamedTuple

from pydantic import AfterValidator

OFF = "off"
"""Where nothing is counted."""
_RATE = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,4})(s|m|h|d)")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_LONGEST = timedelta(days=1)
"""What counts longer than a day is a budget, and needs a place that is not lost with Redis."""


class RequestKind(StrEnum):
    """What a request costs, told by what it makes work. The names are those of the limits."""

    TURN = "turns"
    """It begins a turn."""
    UPLOAD = "uploads"
    """It announces or sends a file."""
    CALL = "calls"
    """An assistant answers it, outside of a turn."""
    READ = "reads"
    """The store answers it."""
    STOP = "stops"
    """It stops a turn. It has the rate of reads for itself: a user whose reads are used up can
    still stop a turn."""


class Rate(NamedTuple):
    """So many units in a period. All of them may come at once; then they grow back evenly."""

    amount: int
    period: timedelta
    """Whole seconds."""


def a_minute(amount: int) -> Rate:
    """So many units in a minute."""
    return Rate(amount, timedelta(minutes=1))


@lru_cache(maxsize=1024)
def parse_rate(text: str) -> Rate | None:
    """Read `60/1m`, `10/30s`, `1000/1h`; None for `off`. Raises `ValueError` for anything else."""
    if text == OFF:
        return None
    match = _RATE.fullmatch(text)
    period = int(match[2]) * _UNITS[match[3]] if match else timedelta()
    if match is None or period > _LONGEST:
        raise ValueError("write a rate as 60/1m, in a day at most, or off")
    return Rate(int(match[1]), period)


def _checked(text: str) -> str:
    parse_rate(text)
    return text


RateText = Annotated[str, AfterValidator(_checked)]
"""A rate as it is written in a setting."""
