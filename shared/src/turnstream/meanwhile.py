"""Work that is done while another process answers."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def asked(question: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """What asks another process, once the question is on its way. Await it when nothing is left to
    do meanwhile; whoever can't must cancel it.
    """
    task = asyncio.create_task(question)
    try:
        await asyncio.sleep(0)  # for the task to write; what is written is sent at once
    except BaseException:
        task.cancel()
        raise
    return task
