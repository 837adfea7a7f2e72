"""The least an ASGI app can do to stream: the frames are made, and it only sends them.

One clock ticks for all streams, which is cheaper than a timer for each.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from itertools import count
from typing import Any

from turnstream.redis.event_log import Position

from bench.limits.feeding import word_frames

_RATE = float(os.environ.get("BENCH_RATE", "20"))
"""Frames a second, in every stream."""
_FRAMES = word_frames(Position(1, 1))
_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]
_PHASES = 10
Message = MutableMapping[str, Any]


class _Clock:
    """Ticks for the streams of one phase after the other."""

    def __init__(self) -> None:
        self._ticks = [asyncio.Event() for _ in range(_PHASES)]
        self._streams = count()
        self._ticking: asyncio.Task[None] | None = None

    def phase(self) -> asyncio.Event:
        """When the next stream is to send."""
        if self._ticking is None:
            self._ticking = asyncio.create_task(self._tick())
        return self._ticks[next(self._streams) % _PHASES]

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in count():
            await asyncio.sleep(began + number / _RATE / _PHASES - loop.time())
            tick = self._ticks[number % _PHASES]
            tick.set()
            tick.clear()


_clock = _Clock()


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """`GET /ready`, and a stream without an end for everything else."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    if scope["path"] == "/ready":
        await send({"type": "http.response.body", "body": b"ready"})
        return
    gone = asyncio.create_task(_gone(receive))
    tick = _clock.phase()
    while not gone.done():
        await send({"type": "http.response.body", "body": _FRAMES, "more_body": True})
        await tick.wait()


async def _gone(receive: Callable[[], Awaitable[Message]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
