"""One viewer's subscription to a turn: what the hub announced and the viewer has not yet taken."""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple

from turnstream.redis.event_log import Position

_QUEUE = 256
"""Announcements that may wait for one slow viewer; more are dropped and read from the log."""
_QUEUE_BYTES = 1024 * 1024
"""Bytes of them, likewise: a turn may show large widgets."""


class Announcement(NamedTuple):
    """Entries `first` to `last` of one attempt, as one piece of bytes."""

    first: Position
    last: Position
    kind: str
    frames: bytes


class Listener:
    """One viewer's subscription to a turn, from `Hub.listen`. Call `close()` when it is not needed.

    `None` among the announcements says: read the log, something may have been missed. It comes
    when the subscription begins, so a viewer that reads then has seen all that was not announced.
    """

    __slots__ = (
        "_announcements",
        "_awake",
        "_bytes",
        "_oldest",
        "_on_close",
        "came_at",
        "channel",
        "disconnected",
        "revoked",
    )

    def __init__(self, channel: bytes, on_close: Callable[["Listener"], None]) -> None:
        self._announcements: list[Announcement | None] = []
        self._oldest: float | None = None
        self.came_at: float | None = None
        """When the oldest of what `drain` gave last had come; None if nothing had."""
        self._bytes = 0
        self._awake: asyncio.Future[None] | None = None
        """Set while somebody waits: an `asyncio.Event` would hold a queue for more of them."""
        self._on_close = on_close
        self.channel = channel
        self.disconnected = False
        """True once the viewer is gone."""
        self.revoked = False
        """True once the viewer may not read any more."""

    @property
    def over(self) -> bool:
        """True when nothing more is to be sent."""
        return self.disconnected or self.revoked

    def push(self, announcement: Announcement | None) -> None:
        """Add an announcement. When the queue is full, all of it becomes one look into the log."""
        if not self._announcements:
            self._oldest = time.monotonic()
        self._bytes += len(announcement.frames) if announcement else 0
        if len(self._announcements) >= _QUEUE or self._bytes > _QUEUE_BYTES:
            self._announcements.clear()
            announcement, self._bytes = None, 0
        self._announcements.append(announcement)
        self._wake()

    async def wait(self, timeout: float) -> bool:
        """True when there is something to drain; False after `timeout` or when it is over."""
        if not self._announcements and not self.over:
            loop = asyncio.get_running_loop()
            self._awake = loop.create_future()
            silence = loop.call_later(timeout, self._wake)
            try:
                await self._awake
            finally:
                silence.cancel()
                self._awake = None
        return bool(self._announcements)

    def drain(self) -> list[Announcement | None]:
        """Everything announced since the last call, in order."""
        announcements, self._announcements, self._bytes = self._announcements, [], 0
        self.came_at, self._oldest = self._oldest, None
        return announcements

    def disconnect(self) -> None:
        """The viewer is gone: end every wait."""
        self.disconnected = True
        self._wake()

    def revoke(self) -> None:
        """The viewer may not read any more: end every wait."""
        self.revoked = True
        self._wake()

    def _wake(self) -> None:
        if self._awake is not None and not self._awake.done():
            self._awake.set_result(None)

    def close(self) -> None:
        """End the subscription. Closing again does nothing."""
        self._on_close(self)

    def __enter__(self) -> "Listener":
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()
