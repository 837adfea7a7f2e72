"""When the events that were collected for viewers are sent."""

import asyncio
from contextlib import suppress

GROWTH = 2
"""Each window of plain text is so many times as long as the one before."""
LONGEST_WINDOW = 0.06
"""Seconds at which windows stop growing: about half the longest window for joining deltas. Joined
deltas are sent at once, so text waits in one window instead of two, even while both grow."""
LOAD = 10
"""A window is at least so many times as long as an append takes, so that a busy worker and a busy
Redis have fewer of them."""


class FlushWindow:
    """Allows one append per window. The first text of an item ends the window at once.

    Other events wait for the shortest window. The window grows while nothing but text comes. An
    event after a quiet time waits for no window.
    """

    def __init__(self, shortest: float) -> None:
        self._shortest = self.window = shortest
        self._began: float | None = None
        """When the window began, by the event loop's clock; None before the first."""
        self._items: set[str] = set()
        """Whose first text has come."""
        self._at_once = self._soon = self._draining = False
        self._sooner = asyncio.Event()

    def begin(self) -> None:
        """Begin a window: the append before it has ended."""
        self._began = asyncio.get_running_loop().time()

    def text(self, item_id: str) -> None:
        """Note that text of an item came."""
        if item_id not in self._items:
            self._items.add(item_id)
            self._end_sooner(at_once=True)

    def other(self) -> None:
        """Note that another event came."""
        self._end_sooner(at_once=False)

    def drain(self) -> None:
        """End the window, and have no more windows: a caller waits until everything is sent."""
        self._draining = True
        self._end_sooner(at_once=True)

    def taken(self) -> None:
        """Note that everything that came is being sent."""
        self._at_once = self._soon = self._draining

    async def over(self, latency: float = 0.0) -> None:
        """Return when what has come may be sent. `latency`: seconds that an append takes at
        present.
        """
        if self._began is None:
            return
        longest = max(LONGEST_WINDOW, self._shortest)
        shortest = min(max(self._shortest, latency * LOAD), longest)
        window = max(self.window, shortest)
        now = asyncio.get_running_loop().time
        while not self._at_once:
            end = self._began + (shortest if self._soon else window)
            if now() >= end:
                break
            self._sooner.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(end):
                    await self._sooner.wait()
        self.window = self._shortest if self._soon else min(window * GROWTH, longest)

    def _end_sooner(self, *, at_once: bool) -> None:
        self._soon = True
        self._at_once |= at_once
        self._sooner.set()
