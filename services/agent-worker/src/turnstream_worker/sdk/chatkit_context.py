"""The event queue of ChatKit's `AgentContext`, replaced for every context of this process.

Tools show things through `AgentContext.stream` and `stream_widget`, which put events into the
queue. The queue here passes each event to a listener, and fixes one fault: ChatKit keeps a workflow
as open after its tool has closed it, and closes it again in its first form. Here the context drops
a workflow once it is closed.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from chatkit.agents import AgentContext
from chatkit.types import ThreadItemDoneEvent, ThreadStreamEvent

_post_init = AgentContext.model_post_init


def listen_to_contexts(listener: Callable[[ThreadStreamEvent], None]) -> None:
    """Call `listener` for each event that a tool streams. The last call decides."""

    def model_post_init(self: AgentContext[Any], context: object, /) -> None:
        _post_init(self, context)
        self._events = _EventQueue(self, listener)

    AgentContext.model_post_init = model_post_init  # type: ignore[method-assign, assignment]


class _EventQueue(asyncio.Queue[Any]):
    """Holds events, and ChatKit's own mark of the end, which is no event."""

    def __init__(
        self, context: AgentContext[Any], listener: Callable[[ThreadStreamEvent], None]
    ) -> None:
        super().__init__()
        self._context = context
        self._listener = listener

    async def put(self, item: Any) -> None:
        if hasattr(item, "type"):
            self._listener(item)
        await super().put(item)

    async def get(self) -> Any:
        event = await super().get()
        workflow = self._context.workflow_item
        if isinstance(event, ThreadItemDoneEvent) and workflow and event.item.id == workflow.id:
            self._context.workflow_item = None
        return event
