"""One call at a time for each key, whose answer all who ask meanwhile share."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Generic, TypeVar

V = TypeVar("V")


class SingleFlight(Generic[V]):
    """Makes a call for a key, unless one is under way. It remembers no answer."""

    def __init__(self, call: Callable[[str], Coroutine[Any, Any, V]]) -> None:
        self._call = call
        self._under_way: dict[str, asyncio.Task[V]] = {}

    def __len__(self) -> int:
        """How many calls are under way."""
        return len(self._under_way)

    def __contains__(self, key: str) -> bool:
        """True while a call for the key is under way."""
        return key in self._under_way

    async def get(self, key: str) -> V:
        """What the call for a key answers; raises what it raises.

        The call goes on when those who wait for it go away.
        """
        call = self._under_way.get(key)
        if call is None:
            call = self._under_way[key] = asyncio.create_task(self._call(key))
            call.add_done_callback(partial(self._ended, key))
        return await asyncio.shield(call)

    def _ended(self, key: str, call: "asyncio.Task[V]") -> None:
        del self._under_way[key]
        if not call.cancelled():
            call.exception()  # those who wait are told; without them, asyncio would log it
