"""Store calls from any thread of an app run on the worker's own event loop.

The connections to the store belong to that loop. An app may call the store in a thread of its own
pool, under a loop of its own.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar


class LoopBound(Protocol):
    """An object whose methods run on one event loop."""

    @property
    def worker_loop(self) -> asyncio.AbstractEventLoop | None:
        """That loop; None until it is known."""
        ...


S = TypeVar("S", bound=LoopBound)
P = ParamSpec("P")
T = TypeVar("T")
Method = Callable[Concatenate[S, P], Coroutine[object, object, T]]


def on_worker_loop(method: Method[S, P, T]) -> Method[S, P, T]:
    """Run an async method on the loop of its object, whichever loop calls it."""

    @wraps(method)
    async def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        worker_loop = self.worker_loop
        if worker_loop is None or worker_loop is asyncio.get_running_loop():
            return await method(self, *args, **kwargs)
        there = asyncio.run_coroutine_threadsafe(method(self, *args, **kwargs), worker_loop)
        return await asyncio.wrap_future(there)

    return call
