"""An app whose code changes between a recording and its replay."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from agents import Agent, Runner, function_tool
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.types import ProgressUpdateEvent, ThreadStreamEvent
from pydantic import BaseModel
from turnstream_tools import ToolContext, tool
from turnstream_worker.api import remote_tools


@dataclass
class Code:
    """What a developer has changed."""

    instructions: str = "You sell pies."
    price: str = "3 €"
    raises: Exception | None = None
    progress: str = "looking"
    sold: list[str] = field(default_factory=list)
    """What the tool was called with."""
    offers_refunds: bool = False
    bound: int | None = None


code = Code()


@function_tool
def price_of(pie: str) -> str:
    """Say what a pie costs."""
    code.sold.append(pie)
    return f'{{"pie": "{pie}", "price": "{code.price}"}}'


@function_tool(name_override="price_of")
def price_of_many(pie: str, pieces: int) -> str:
    """Say what pies cost."""
    raise NotImplementedError


@function_tool
def refund(pie: str) -> str:
    """Give money back."""
    raise NotImplementedError


class Order(BaseModel):
    """What to bake."""

    what: str


baked: list[str] = []


@tool(name="bake", description="Bake something.")
async def bake(call: ToolContext, args: Order) -> str:
    baked.append(args.what)
    return f"a {args.what}"


class Shop(ChatKitServer[Any]):
    """Answers with one agent."""

    tools: tuple[Any, ...] = (price_of,)

    async def respond(
        self, thread: Any, input_user_message: Any, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        yield ProgressUpdateEvent(text=code.progress)
        tools = [*self.tools, *remote_tools(), *([refund] if code.offers_refunds else [])]
        agent = Agent[Any](name="Shop", instructions=code.instructions, tools=tools)
        newest = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = await simple_to_agent_input(newest.data[::-1])
        agent_context: Any = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(agent, items, context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event
        if code.raises is not None:
            raise code.raises


class LargerShop(Shop):
    """Its tool takes another argument."""

    tools = (price_of_many,)
