"""Tasks that an app begins in a turn and does not wait for, such as one that finds a title.

With the stock server such a task goes on in the background and saves what it found. Here a turn
that has ended takes no more writes, so it waits for them a while before it ends.
"""

import asyncio
import inspect
from collections.abc import Collection, Coroutine, Generator
from contextvars import ContextVar
from datetime import timedelta
from enum import Enum, auto
from functools import lru_cache
from typing import Any, TypeVar

from turnstream.telemetry import get_logger

log = get_logger(__name__)

T = TypeVar("T")
_OURS = ("turnstream", "turnstream_worker", "turnstream_tools")
_INSTALLED = ("site-packages", "dist-packages")
"""Libraries wait for their tasks themselves, or mean them to go on."""


class AppTasks:
    """Collects the tasks that begin in the current task and in those that it begins."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._collecting = True
        _collector.set(self)

    def add(self, task: "asyncio.Task[Any]") -> None:
        """Remember a task until it has ended."""
        if self._collecting:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def ended(self, timeout: timedelta, turn_id: str) -> None:
        """Wait until they have ended, at most so long. The log names those that go on."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout.total_seconds()
        while self._tasks and (left := deadline - loop.time()) > 0:
            await asyncio.wait(set(self._tasks), timeout=left)
        self._collecting = False
        for task in self._tasks:
            log.warning(
                "a turn ends before a task that it began",
                turn_id=turn_id,
                task=task.get_name(),
                running=_described(task),
                remedy="await it in respond, or set TASK_TIMEOUT",
            )


_collector: ContextVar[AppTasks | None] = ContextVar("app_tasks", default=None)


def collect_tasks(loop: asyncio.AbstractEventLoop, apps: Collection[str]) -> None:
    """Tell the collector of each task that code of an app begins on this loop.

    `apps` are the names of their packages, which may be installed like libraries.
    """
    earlier, packages = loop.get_task_factory(), frozenset(apps)

    def factory(
        loop: asyncio.AbstractEventLoop,
        coroutine: Coroutine[Any, Any, T] | Generator[Any, None, T],
        **options: Any,
    ) -> asyncio.Future[T]:
        made: asyncio.Future[T]
        if earlier is None:
            made = asyncio.Task(coroutine, loop=loop, **options)
        else:
            made = earlier(loop, coroutine, **options)
        collector = _collector.get()
        if collector is not None and isinstance(made, asyncio.Task) and _is_begun_by(packages):
            collector.add(made)
        return made

    loop.set_task_factory(factory)


class _Author(Enum):
    """Whose code begins a task."""

    ASYNCIO = auto()
    """Code that only passes on what its caller began."""
    LIBRARY = auto()
    APP = auto()


def _is_begun_by(apps: frozenset[str]) -> bool:
    """True if an app's code began the task; functions of asyncio in between do not count."""
    frame = inspect.currentframe()
    while frame is not None:
        author = _author(str(frame.f_globals.get("__name__")), frame.f_code.co_filename, apps)
        if author is not _Author.ASYNCIO:
            return author is _Author.APP
        frame = frame.f_back
    return False


@lru_cache(maxsize=1000)  # a turn begins a hundred tasks, all in the same few lines
def _author(module: str, file: str, apps: frozenset[str]) -> _Author:
    if module.startswith(("asyncio.", __name__)):
        return _Author.ASYNCIO
    package = module.partition(".")[0]
    if package in _OURS:
        return _Author.LIBRARY
    is_app = package in apps or not any(each in file for each in _INSTALLED)
    return _Author.APP if is_app else _Author.LIBRARY


def _described(task: "asyncio.Task[Any]") -> str:
    """What a task runs, and the line where it waits."""
    coroutine: Any = task.get_coro()
    name = getattr(coroutine, "__qualname__", type(coroutine).__name__)
    stack = task.get_stack(limit=1)
    return f"{name} at {stack[0].f_code.co_filename}:{stack[0].f_lineno}" if stack else name
