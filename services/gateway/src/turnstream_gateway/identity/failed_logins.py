"""A rate limit for failed authentication, by client address."""

import math
import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from cachetools import LRUCache
from turnstream.contracts.rates import Rate
from turnstream.errors import RateLimited
from turnstream.redis.rates import Counter, Limit, key_of

NAME = "failed_logins"
_REMEMBERED = 10_000
"""Addresses over the limit that a gateway remembers."""
_HOST_BITS = 64
"""The bits of an IPv6 address behind its network: who has one address has all of the network."""


class FailedLogins:
    """Counts requests without usable credentials by the address that they come from.

    Valid credentials are always accepted: an office may share one address. So requests are counted
    after the verifiers, which limit their own work.
    """

    def __init__(
        self, counter: Counter, rate: Rate | None, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._counter = counter
        self._rate = rate
        self._timer = timer
        self._until: LRUCache[str, float] = LRUCache(_REMEMBERED)

    async def count(self, address: str) -> None:
        """Count a failed login. Raises `RateLimited` for one too many.

        A refusal is remembered here until it ends: a flood costs Redis no more than the rate.
        """
        if self._rate is None or not address:
            return
        network = _network(address)
        wait = self._until.get(network, 0.0) - self._timer()
        if wait <= 0:
            limit = Limit(NAME, key_of(network, NAME), self._rate)
            counted = await self._counter.count([limit])
            if counted.allowed:
                return
            wait = counted.refusing.wait
            self._until[network] = self._timer() + wait
        raise RateLimited(
            f"{NAME}: too many from {address}. Come back in {math.ceil(wait)} s.",
            retry_after=wait,
            limit=NAME,
        )


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(IPv6Address(int(parsed) >> _HOST_BITS << _HOST_BITS))
    return str(parsed)
