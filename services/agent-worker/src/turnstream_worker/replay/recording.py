"""Noticing what a tool shows while it runs, so that it can be shown again.

Tools show things through `AgentContext.stream` and `stream_widget`, which put events into the
context's queue. The queue of every context made in this process tells the call that runs.
It also has the context forget a workflow that a tool has closed: ChatKit takes every workflow it
sees begin for the open one, and would close a finished one again, as it was at its beginning.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from chatkit.agents import AgentContext
from chatkit.types import ThreadItemDoneEvent, ThreadStreamEvent

_shown: ContextVar[list[ThreadStreamEvent] | None] = ContextVar("shown_events", default=None)


@contextmanager
def recording() -> Iterator[list[ThreadStreamEvent]]:
    """Collect the events that code inside, and tasks it starts, streams to the user."""
    shown: list[ThreadStreamEvent] = []
    token = _shown.set(shown)
    try:
        yield shown
    finally:
        _shown.reset(token)


class _TellingQueue(asyncio.Queue[Any]):
    """An event queue that also tells the recording of whoever puts something in."""

    def __init__(self, context: AgentContext[Any]) -> None:
        super().__init__()
        self._context = context

    async def put(self, item: Any) -> None:
        shown = _shown.get()
        if shown is not None and hasattr(item, "type"):
            shown.append(item.model_copy(deep=True))
        await super().put(item)

    async def get(self) -> Any:
        event = await super().get()
        open_item = self._context.workflow_item
        if isinstance(event, ThreadItemDoneEvent) and open_item and event.item.id == open_item.id:
            self._context.workflow_item = None
        return event


_post_init = AgentContext.model_post_init


def install() -> None:
    """Give every new `AgentContext` a queue that tells. Doing it again changes nothing."""

    def model_post_init(self: AgentContext[Any], context: Any, /) -> None:
        _post_init(self, context)
        self._events = _TellingQueue(self)

    AgentContext.model_post_init = model_post_init  # type: ignore[method-assign, assignment]
