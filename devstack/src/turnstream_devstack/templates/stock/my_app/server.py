"""A `ChatKitServer` as it is written for the stock library. Put yours in its place, unchanged.

Nothing in here knows of Turnstream.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.types import (
    ProgressUpdateEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from chatkit.widgets import DynamicWidgetRoot

from my_app.orders import card, find


@dataclass(frozen=True)
class Visit:
    """Who asks: what this server's methods get as `context`."""

    customer: str


@function_tool
async def look_up_order(ctx: RunContextWrapper[AgentContext[Visit]], number: str) -> str:
    """Look up where an order is.

    Args:
        ctx: The chat in which it is asked.
        number: The order's number, for example: A-1042
    """
    chat = ctx.context
    await chat.stream(ProgressUpdateEvent(icon="search", text=f"Looking for order {number}"))
    order = await find(number, customer=chat.request_context.customer)
    if order is None:
        return f"There is no order {number}."
    widget = DynamicWidgetRoot.model_validate(card(order))
    await chat.stream_widget(widget, copy_text=order.summary)
    return order.summary


agent = Agent[AgentContext[Visit]](
    name="Shop",
    instructions="You help customers of a shop with their orders. Be brief.",
    tools=[look_up_order],
)


class ShopServer(ChatKitServer[Visit]):
    """Answers with one agent."""

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Visit,
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Answer the newest message."""
        page = await self.store.load_thread_items(thread.id, None, 30, "desc", context)
        conversation = await simple_to_agent_input(page.data[::-1])
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(agent, conversation, context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event
