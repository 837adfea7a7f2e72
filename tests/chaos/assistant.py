"""The assistant under test: thinks, writes, calls tools, shows a card, hands off, writes again.

It is an ordinary ChatKit server. A title agent runs beside the answer, so that two model calls of
one turn are under way at a time.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, RunConfig, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem
from chatkit.widgets import Card, Text, WidgetRoot
from turnstream_worker.models import default_provider
from turnstream_worker.tools.remote_tools import remote_tools

HISTORY = 50
POISON = "poison"
"""A message with this word ends the process that answers it."""
CARD_WORDS = ("The", " card", " fills", " up.")
WORD_SECONDS = 0.03


@function_tool
async def show_card(context: RunContextWrapper[AgentContext[Any]]) -> str:
    """Show a card whose text grows."""
    await context.context.stream_widget(_growing_card())
    return "shown"


async def _growing_card() -> Any:
    for count in range(len(CARD_WORDS) + 1):
        await asyncio.sleep(WORD_SECONDS)
        yield _card("".join(CARD_WORDS[:count]), done=count == len(CARD_WORDS))


def _card(value: str, *, done: bool) -> WidgetRoot:
    return Card(children=[Text(id="story", value=value, streaming=not done)])


class Storyteller(ChatKitServer[Any]):
    """Answers with a planner that hands off to a writer."""

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        said = _text(input_user_message)
        if POISON in said:
            os.kill(os.getpid(), signal.SIGKILL)
        titling = asyncio.create_task(self._title(thread, said)) if not thread.title else None
        page = await self.store.load_thread_items(thread.id, None, HISTORY, "desc", context)
        items = await ThreadItemConverter().to_agent_input(page.data[::-1])
        agent_context: AgentContext[Any] = AgentContext(
            thread=thread, store=self.store, request_context=context
        )
        result = Runner.run_streamed(_planner(), items, context=agent_context)
        try:
            async for event in stream_agent_response(agent_context, result):
                yield event
            if titling is not None:
                await asyncio.wait({titling})
        finally:
            result.cancel()
            if titling is not None:
                titling.cancel()

    async def _title(self, thread: ThreadMetadata, said: str) -> None:
        agent = Agent(name="title", instructions="title", model=default_provider().get_model(None))
        result = await Runner.run(agent, said, run_config=RunConfig(group_id=thread.id))
        thread.title = str(result.final_output)


def _planner() -> Agent[AgentContext[Any]]:
    model = default_provider().get_model(None)
    writer = Agent[AgentContext[Any]](name="writer", instructions="writer", model=model)
    return Agent[AgentContext[Any]](
        name="planner",
        instructions="planner",
        model=model,
        tools=[*remote_tools("look_up", "book"), show_card],
        handoffs=[writer],
    )


def _text(message: UserMessageItem | None) -> str:
    return "".join(part.text for part in message.content) if message else ""


def create(store: Store[Any]) -> Storyteller:
    """The factory that `ASSISTANT` names."""
    return Storyteller(store)
