"""A run of an agent as events of the thread, without what its user is not meant to read."""

from collections.abc import AsyncGenerator

from agents import Agent, AgentOutputSchemaBase
from agents.result import RunResultStreaming
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.types import ProgressUpdateEvent, ThreadStreamEvent
from turnstream.contracts.turns import RequestContext


async def events_of(
    context: AgentContext[RequestContext], result: RunResultStreaming
) -> AsyncGenerator[ThreadStreamEvent]:
    """The events of a run. Nothing is left running, however it ends."""
    try:
        async for event in stream_agent_response(context, result):
            yield event
    except BaseException:
        result.cancel()
        raise
    finally:
        # ChatKit has a task that waits for this queue, also after a failure or a cancellation.
        await context.stream(ProgressUpdateEvent(text=""))


def answers_in_data(agent: Agent[object]) -> bool:
    """True for an agent whose answer is JSON for the workflow: a classifier, for example."""
    kind = agent.output_type
    if isinstance(kind, AgentOutputSchemaBase):
        return not kind.is_plain_text()
    return kind not in (None, str)


class HiddenItems:
    """Leaves out the messages and thoughts of an agent that answers in data.

    What its tools show stays.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()

    def hide(self, event: ThreadStreamEvent) -> bool:
        """True for an event that is left out."""
        item = getattr(event, "item", None)
        if item is not None and item.type in ("assistant_message", "workflow"):
            self._ids.add(item.id)
            return True
        return getattr(event, "item_id", None) in self._ids
