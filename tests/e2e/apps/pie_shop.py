"""An app that is recorded in production, and changed before its turn is replayed.

What a developer would change is an environment variable: `PIE_INSTRUCTIONS`, and `PIE_BUG` for a
bug that is still there.
"""

import os
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Runner, function_tool
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import ThreadStreamEvent
from pydantic import BaseModel
from turnstream_tools import ToolContext, tool
from turnstream_worker.api import remote_tools


@function_tool
def price_of(pie: str) -> str:
    """Say what a pie costs."""
    return f"{pie} costs 3 €."


class Order(BaseModel):
    """What to bake."""

    what: str


@tool(name="bake", description="Bake something.")
async def bake(call: ToolContext, args: Order) -> str:
    """Bake it."""
    await call.progress(f"baking {args.what}")
    return f"a {args.what}"


class Shop(ChatKitServer[Any]):
    """Sells pies."""

    async def respond(
        self, thread: Any, input_user_message: Any, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        agent = Agent[Any](
            name="Shop",
            instructions=os.environ.get("PIE_INSTRUCTIONS", "You sell pies."),
            tools=[price_of, *remote_tools("bake")],
        )
        newest = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = await simple_to_agent_input(newest.data[::-1])
        agent_context: Any = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(agent, items, context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event
        if os.environ.get("PIE_BUG") and "bug" in str(items[-1]):
            raise ZeroDivisionError("a pie was divided by nobody")


def create(store: Store[Any]) -> Shop:
    return Shop(store)
