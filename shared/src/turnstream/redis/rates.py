"""Rates: how many requests of a kind may come in a minute, counted for all gateways together."""

from datetime import timedelta
from importlib.resources import files
from typing import NamedTuple

from redis.asyncio import Redis

PERIOD = timedelta(minutes=1)
_PERIOD_US = PERIOD // timedelta(microseconds=1)


class Count(NamedTuple):
    """What became of a request that was counted."""

    allowed: bool
    remaining: int
    """How many more may come at once."""
    wait: float
    """Seconds: until the next may come, if this one may not; else until all may come again."""


class Rates:
    """Counts requests in Redis, with one call for each. A rate that is not used leaves nothing."""

    def __init__(self, redis: Redis) -> None:
        script = files("turnstream.redis").joinpath("rate.lua").read_text()
        self._count = redis.register_script(script)

    async def count(self, key: str, per_minute: int) -> Count:
        """Count a request. One more may come in every `per_minute`th part of a minute, and those
        that did not come in the last minute may come all at once.
        """
        pace = max(1, _PERIOD_US // per_minute)
        allowed, remaining, wait = await self._count(keys=[key], args=[pace, per_minute])
        return Count(bool(allowed), remaining, wait / 1e6)
