"""The app under test: one agent with one tool, written as for the stock library."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from agents import Agent, ItemHelpers, MessageOutputItem, Model, Runner, function_tool
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    ThreadItemDoneEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)

WEATHER = "12 °C, dry"


@dataclass
class Effects:
    """What the tool did, and where it stands."""

    cities: list[str] = field(default_factory=list)
    held: bool = False
    """True: the tool stays inside the call."""
    inside: asyncio.Event = field(default_factory=asyncio.Event)

    async def look_up(self, city: str) -> str:
        """The tool's work."""
        self.cities.append(city)
        self.inside.set()
        if self.held:
            await asyncio.Event().wait()
        return WEATHER


class WeatherServer(ChatKitServer[Any]):
    """Answers with the agent; the tool's work is given."""

    streamed = True
    """Whether the model's answers are streamed."""

    def __init__(self, store: Store[Any], model: Model | None, effects: Effects) -> None:
        super().__init__(store)

        @function_tool
        async def look_up(city: str) -> str:
            """Look up the weather in a city."""
            return await effects.look_up(city)

        self._agent = Agent[Any](name="Weather", instructions="Be brief.", tools=[look_up])
        self._agent.model = model

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        newest = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = await simple_to_agent_input(newest.data[::-1])
        agent_context: Any = AgentContext(thread=thread, store=self.store, request_context=context)
        if self.streamed:
            result = Runner.run_streamed(self._agent, items, context=agent_context)
            async for event in stream_agent_response(agent_context, result):
                yield event
            return
        whole = await Runner.run(self._agent, items, context=agent_context)
        for item in whole.new_items:
            if isinstance(item, MessageOutputItem):
                yield self._message(ItemHelpers.text_message_output(item), thread, context)

    def _message(self, text: str, thread: ThreadMetadata, context: Any) -> ThreadItemDoneEvent:
        message = AssistantMessageItem(
            id=self.store.generate_item_id("message", thread, context),
            thread_id=thread.id,
            created_at=thread.created_at,
            content=[AssistantMessageContent(text=text)],
        )
        return ThreadItemDoneEvent(item=message)
