"""Joining a model's deltas: pieces of text that come close together pass the run loop as one.

The SDK's run loop and ChatKit's converter take some fifty microseconds for every event, and
viewers get text in windows anyway. The first piece of a text is never held back.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

WINDOW = 0.02
"""Seconds for which pieces are joined: less than the shortest window in which viewers get them."""
_HEAD_START = 20
"""Rounds of the event loop in which nothing is read behind the first delta: it takes about a dozen
through the SDK, ChatKit and the log's writer, and would else wait for all that is there."""
_AHEAD = 1000
"""Events that may wait here before the model is read on."""
_PLACE = ("type", "item_id", "output_index", "content_index", "summary_index")


async def joined(stream: AsyncIterator[Any]) -> AsyncGenerator[Any]:
    """The events of a stream in their order, neighbouring deltas of one place joined.

    The stream is read by a task of its own; what it raises comes out behind what it gave before.
    Closing this closes the stream.
    """
    ahead = _Ahead()
    reading = asyncio.create_task(ahead.fill(stream))
    try:
        while not ahead.is_over:
            deltas = False
            for event in _join(await ahead.take()):
                deltas = event.type.endswith(".delta")
                yield event
            if deltas:
                await ahead.something_else(WINDOW)
        await reading
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


class _Ahead:
    """What was read of a stream and not passed on yet."""

    def __init__(self) -> None:
        self._events: list[Any] = []
        self._came = asyncio.Event()
        self._urgent = asyncio.Event()
        self._taken = asyncio.Event()
        self._begun = False
        self._ended = False

    @property
    def is_over(self) -> bool:
        """True when nothing more will come."""
        return self._ended and not self._events

    async def fill(self, stream: Any) -> None:
        """Read the stream to its end, and close it."""
        try:
            async for event in stream:
                self._events.append(event)
                if not event.type.endswith(".delta"):
                    self._urgent.set()
                elif not self._begun:
                    self._begun = True
                    await self._give_head_start()
                if not self._came.is_set():
                    self._came.set()
                    await asyncio.sleep(0)  # what comes first is passed on before more is read
                while len(self._events) >= _AHEAD:
                    self._urgent.set()
                    self._taken.clear()
                    await self._taken.wait()
        finally:
            self._ended = True
            self._came.set()
            self._urgent.set()
            if hasattr(stream, "aclose"):
                await stream.aclose()

    async def take(self) -> list[Any]:
        """Everything there is, once there is something; nothing when the stream has ended."""
        await self._came.wait()
        events, self._events = self._events, []
        if not self._ended:
            self._came.clear()
            self._urgent.clear()
        self._taken.set()
        return events

    async def _give_head_start(self) -> None:
        self._came.set()
        for _ in range(_HEAD_START):
            await asyncio.sleep(0)

    async def something_else(self, patience: float) -> None:
        """Wait until anything but a delta comes, or patience has run out."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._urgent.wait()


def _join(events: list[Any]) -> Iterator[Any]:
    run: list[Any] = []
    for event in events:
        if run and not _continues(run[0], event):
            yield _one(run)
            run = []
        run.append(event)
    if run:
        yield _one(run)


def _continues(first: Any, event: Any) -> bool:
    if not event.type.endswith(".delta") or not isinstance(getattr(event, "delta", None), str):
        return False
    return all(getattr(first, name, None) == getattr(event, name, None) for name in _PLACE)


def _one(run: list[Any]) -> Any:
    """One event for a run of deltas of one place: the last one, with the text of all."""
    if len(run) == 1:
        return run[0]
    changes: dict[str, Any] = {"delta": "".join(event.delta for event in run)}
    if getattr(run[-1], "logprobs", None):
        changes["logprobs"] = [each for event in run for each in event.logprobs or ()]
    return run[-1].model_copy(update=changes)
