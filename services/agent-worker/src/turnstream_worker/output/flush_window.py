"""When what has gathered for viewers is sent on."""

import asyncio
from contextlib import suppress

GROWTH = 2
"""How much longer each window of plain text is than the one before."""
LONGEST_WINDOW = 0.3
"""Seconds at which windows stop growing: text still flows, and a thousand words at a hundred a
second are sent in three dozen pieces."""
LOAD = 10
"""Windows are at least so many times as long as a sending takes: the busier worker and Redis are,
the fewer they have to make."""


class FlushWindow:
    """At most one sending per window, but for what nobody should wait for.

    The first text of an item goes at once. Anything but text waits for the shortest window; while
    nothing but text comes the window grows.
    """

    def __init__(self, shortest: float) -> None:
        self._shortest = self.window = shortest
        self._begun: set[str] = set()
        self._at_once = asyncio.Event()
        self._soon = asyncio.Event()
        self._draining = False

    def text(self, item_id: str) -> None:
        """Text of an item came."""
        if item_id not in self._begun:
            self._begun.add(item_id)
            self._at_once.set()
            self._soon.set()

    def other(self) -> None:
        """Something else came."""
        self._soon.set()

    def drain(self) -> None:
        """Somebody waits for everything: no windows from now on."""
        self._draining = True
        self._at_once.set()
        self._soon.set()

    def taken(self) -> None:
        """Whatever came so far is being sent."""
        if not self._draining:
            self._at_once.clear()
            self._soon.clear()

    async def pause(self, latency: float = 0.0) -> None:
        """Return when the next sending is due. `latency` is what one takes of late, in seconds."""
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
