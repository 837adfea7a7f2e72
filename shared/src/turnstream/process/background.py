"""Background tasks of a service: they start with it, and they end with it."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack

from turnstream.telemetry import get_logger

log = get_logger(__name__)

CANCEL_AGAIN = 1.0
"""Seconds after which a task that goes on is cancelled again."""


def keep_running(
    stack: AsyncExitStack,
    job: Coroutine[object, object, object],
    *,
    cancel_again: float | None = CANCEL_AGAIN,
) -> None:
    """Run a job until the stack is left, which then waits until the job has really ended.

    A job that raises is logged; the service goes on without it. `cancel_again=None` is for a job
    that needs its time to clean up: it is cancelled once.
    """
    name = getattr(job, "__qualname__", repr(job))
    task = asyncio.create_task(job, name=name)
    task.add_done_callback(_log_failure)

    async def end() -> None:
        # Again and again: a cancellation that meets a timeout of redis-py comes out as that
        # timeout, and the job goes on.
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=cancel_again)

    stack.push_async_callback(end)


def _log_failure(task: "asyncio.Task[object]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("background task failed", task=task.get_name(), exc_info=error)
