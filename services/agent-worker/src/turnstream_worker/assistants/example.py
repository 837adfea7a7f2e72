"""A server as anyone writes it for the stock ChatKit library; nothing in it knows of Turnstream.

Run it with ASSISTANT=turnstream_worker.assistants.example:create. Its agent names no model: it
gets the one of the environment (OPENAI_API_KEY, OPENAI_BASE_URL, MODEL), or the demo model.
"""

from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Runner, function_tool
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem


@function_tool
def get_weather(city: str) -> str:
    """Say what the weather is like in a city."""
    return f"It is 18 °C and sunny in {city}."


agent = Agent[AgentContext[Any]](name="Example", instructions="Be brief.", tools=[get_weather])


class ExampleServer(ChatKitServer[Any]):
    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        newest = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = await simple_to_agent_input(newest.data[::-1])
        agent_context: Any = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(agent, items, context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event


def create(store: Store[Any]) -> ExampleServer:
    return ExampleServer(store)
