"""The issuer's keys as this gateway holds them: fetched rarely, shared by all requests."""

import asyncio
import time
from typing import Protocol

from jwt import PyJWK
from turnstream.errors import Unavailable
from turnstream.telemetry import get_logger

from turnstream_gateway.identity.issuer import NO_KEYS, Keys

log = get_logger(__name__)

REFRESH_AFTER = 600.0
"""Seconds after which keys are fetched anew, behind the requests. A key that an issuer withdrew is
trusted that long."""
FLOOR = 30.0
"""Seconds between two fetches for unknown keys: anybody can invent names of keys."""
_FIRST_FLOOR = 1.0
"""Seconds between two fetches while there are no keys: until then nobody can come in."""
_WAITING_LIMIT = 500
"""Requests that wait for a fetch at a time."""


class KeySource(Protocol):
    """Where keys are published."""

    async def keys(self) -> Keys:
        """The keys of now. Raises `Unavailable`."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class IssuerKeys:
    """Gives keys by name. What it holds stays through an outage of the issuer."""

    def __init__(
        self, source: KeySource, floor: float = FLOOR, refresh_after: float = REFRESH_AFTER
    ) -> None:
        self._source = source
        self._floor = floor
        self._refresh_after = refresh_after
        self._keys: Keys = NO_KEYS
        self._next_fetch = 0.0
        self._stale_at = 0.0
        self._fetching: asyncio.Task[None] | None = None
        self._waiting = 0
        self.generation = 0
        """Changes when a key was withdrawn or replaced: what it verified counts no more."""

    async def get(self, kid: str | None) -> PyJWK | None:
        """The key of this name; None when the issuer has none.

        An unknown name has the keys fetched once more, one fetch for all who wait, and not before
        `FLOOR` has passed. Without a name it is the issuer's only key. Raises `Unavailable` when
        there were never any keys, or too many requests wait.
        """
        key = self._held(kid)
        if key is None:
            await self.refetched()
            key = self._held(kid)
        elif time.monotonic() >= self._stale_at:
            self._fetch()  # the request goes on with what there is
        return key

    async def refetched(self) -> None:
        """Wait for a fetch, if one is under way or may begin. Raises `Unavailable` as `get`."""
        fetching = self._fetch()
        if fetching is not None:
            if self._waiting >= _WAITING_LIMIT:
                raise Unavailable("Too many requests wait for the issuer's keys.")
            self._waiting += 1
            try:
                await asyncio.shield(fetching)
            finally:
                self._waiting -= 1
        if not self._keys:
            raise Unavailable("The issuer's keys could not be fetched.")

    def warm(self) -> None:
        """Begin the first fetch, so that the first user need not wait for it."""
        self._fetch()

    async def aclose(self) -> None:
        """End a fetch that is under way, and close the connections."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])
        await self._source.aclose()

    def _held(self, kid: str | None) -> PyJWK | None:
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    def _fetch(self) -> asyncio.Task[None] | None:
        """The fetch that is under way, or a new one; None where it would be too early."""
        if self._fetching is None and time.monotonic() >= self._next_fetch:
            self._fetching = asyncio.create_task(self._replace())
            self._fetching.add_done_callback(self._done)
        return self._fetching

    def _done(self, _: asyncio.Task[None]) -> None:
        self._fetching = None

    async def _replace(self) -> None:
        try:
            fetched = await self._source.keys()
        except Unavailable as error:
            log.warning("issuer's keys not fetched", error=error.detail, held=len(self._keys))
        else:
            self._take(fetched)
        finally:
            now = time.monotonic()
            self._next_fetch = now + (self._floor if self._keys else _FIRST_FLOOR)
            self._stale_at = max(self._stale_at, self._next_fetch)

    def _take(self, fetched: Keys) -> None:
        if any(_differs(key, fetched.get(kid)) for kid, key in self._keys.items()):
            self.generation += 1
        self._keys = fetched
        self._stale_at = time.monotonic() + self._refresh_after


def _differs(held: PyJWK, now: PyJWK | None) -> bool:
    return now is None or held.algorithm_name != now.algorithm_name or held.key != now.key
