"""When the events that were collected for viewers are sent."""

import asyncio
from contextlib import suppress

GROWTH = 2
"""Each window of plain text is so many times as long as the one before."""
LONGEST_WINDOW = 0.06
"""Seconds at which windows stop growing. It is half of the longest window in which the deltas of a
model are joined: what comes out of that one is sent at once, and waits in one window instead of
two, also while those grow and do not keep step with these."""
LOAD = 10
"""A window is at least so many times as long as an append takes, so that a busy worker and a busy
Redis have fewer of them."""


class FlushWindow:
    """Allows one append per window. The first text of an item ends the window at once.

    Other events wait for the shortest window. The window grows while nothing but text comes.
    """

    def __init__(self, shortest: float) -> None:
        self._shortest = self.window = shortest
        self._begun: set[str] = set()
        self._at_once = asyncio.Event()
        self._soon = asyncio.Event()
        self._draining = False

    def text(self, item_id: str) -> None:
        """Note that text of an item came."""
        if item_id not in self._begun:
            self._begun.add(item_id)
            self._at_once.set()
            self._soon.set()

    def other(self) -> None:
        """Note that another event came."""
        self._soon.set()

    def drain(self) -> None:
        """End the window, and have no more windows: a caller waits until everything is sent."""
        self._draining = True
        self._at_once.set()
        self._soon.set()

    def taken(self) -> None:
        """Note that everything that came is being sent."""
        if not self._draining:
            self._at_once.clear()
            self._soon.clear()

    async def pause(self, latency: float = 0.0) -> None:
        """Return when the next append is due. `latency`: seconds that one takes at present."""
        longest = max(LONGEST_WINDOW, self._shortest)
        shortest = min(max(self._shortest, latency * LOAD), longest)
        window = max(self.window, shortest)
        await _set(self._at_once, shortest)
        await _set(self._soon, window - shortest)
        self.window = self._shortest if self._soon.is_set() else min(window * GROWTH, longest)


async def _set(event: asyncio.Event, patience: float) -> None:
    if event.is_set():
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            await event.wait()
