"""Ends what a revoked key or a cancelled session still has at this gateway."""

import asyncio
import time
from collections.abc import Iterable
from typing import Protocol

from cachetools import TTLCache
from turnstream.errors import TurnstreamError
from turnstream.telemetry import get_logger

from turnstream_gateway.identity.secret_cache import REMEMBERED
from turnstream_gateway.relay.streams.viewers import Viewers

log = get_logger(__name__)

_CHECK_EVERY = 2.0
"""Seconds between two checks of the keys and sessions of open streams: they find revocations whose
message was lost, within the five seconds that are promised."""
_BATCH = 1000
_NOTED = 10_000
"""Revocations that are noted at a time. One that falls out is found a second later all the same."""


class StoredKeys(Protocol):
    """The store's keys, as far as revocations need them."""

    async def revoked(self, ids: list[str]) -> list[str]:
        """Those of these keys and sessions that must not be used any more."""
        ...


class Revocations:
    """Records what was revoked, and ends the streams that it authorized."""

    def __init__(self, keys: StoredKeys, viewers: Viewers) -> None:
        self._keys = keys
        self._viewers = viewers
        self._ended: TTLCache[str, float] = TTLCache(_NOTED, 2 * REMEMBERED, time.monotonic)

    def forget(self, id_: str) -> None:
        """A key was revoked, or a session cancelled: ask the store before it is believed again."""
        self._ended[id_] = time.monotonic()

    async def heard(self, id_: str) -> None:
        """A message says so. It is believed only as far as the store confirms it: anyone who can
        write messages cannot end a stream.
        """
        self.forget(id_)
        if id_ in self._viewers.ids():
            await self._check([id_])

    def since(self, ids: Iterable[str], moment: float) -> bool:
        """True when one of these was revoked at or after a moment of the monotonic clock."""
        return any(self._ended.get(id_, moment - 1) >= moment for id_ in ids)

    async def run(self) -> None:
        """Ask the store about what open streams stand on, until cancelled."""
        while True:
            await asyncio.sleep(_CHECK_EVERY)
            ids = list(self._viewers.ids())
            for start in range(0, len(ids), _BATCH):
                await self._check(ids[start : start + _BATCH])

    async def _check(self, ids: list[str]) -> None:
        """End the streams of those that the store says were revoked."""
        try:
            revoked = await self._keys.revoked(ids)
        except TurnstreamError as error:
            log.warning("open streams not checked", error=str(error))
            return
        for id_ in revoked:
            self.forget(id_)
            self._viewers.revoke(id_)
