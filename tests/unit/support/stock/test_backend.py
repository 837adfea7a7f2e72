"""The stock backend, and its answers made comparable."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from agents import Agent, OpenAIResponsesModel, RunConfig, Runner
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    HiddenContextItem,
    ThreadItemDoneEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)

from tests.support.chat_client import Transcript, message
from tests.support.model_server import ModelServer, always, reasoning, text
from tests.support.openai_client import openai_client
from tests.support.stock import Names, StockBackend, normalize


class Parrot(ChatKitServer[Any]):
    """Says what it heard, with a hidden note; tells a title once."""

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Any,
    ) -> AsyncIterator[ThreadStreamEvent]:
        thread.title = "Parrot"
        base: dict[str, Any] = {"thread_id": thread.id, "created_at": datetime.now()}
        note_id = self.store.generate_item_id("message", thread, context)
        yield ThreadItemDoneEvent(item=HiddenContextItem(id=note_id, content="psst", **base))
        heard = input_user_message.content[0].text if input_user_message else ""
        content = [AssistantMessageContent(text=f"{heard}!")]
        item_id = self.store.generate_item_id("message", thread, context)
        answer = AssistantMessageItem(id=item_id, content=content, **base)
        yield ThreadItemDoneEvent(item=answer)


class Agentic(ChatKitServer[Any]):
    """Runs an agent against a model server, as apps do."""

    base_url = ""

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Any,
    ) -> AsyncIterator[ThreadStreamEvent]:
        assert input_user_message
        openai = openai_client(self.base_url)
        agent = Agent[AgentContext[Any]](name="a", model=OpenAIResponsesModel("m", openai))
        agent_context: AgentContext[Any] = AgentContext(
            thread=thread, store=self.store, request_context=context
        )
        result = Runner.run_streamed(
            agent,
            await simple_to_agent_input(input_user_message),
            context=agent_context,
            run_config=RunConfig(tracing_disabled=True),
        )
        async for event in stream_agent_response(agent_context, result):
            yield event


async def converse(backend: StockBackend, *says: str) -> list[dict[str, Any]]:
    events = await backend.stream(*message(says[0]))
    for said in says[1:]:
        events += await backend.stream(*message(said, events[0]["thread"]["id"]))
    return events


async def test_a_streaming_request_gives_its_events() -> None:
    """The events of the stock server come parsed and in order."""
    events = await converse(StockBackend(Parrot), "hi")
    assert [event["type"] for event in events] == [
        "thread.created",
        "thread.item.done",
        "stream_options",
        "thread.updated",
        "thread.item.done",
    ]


async def test_the_stored_thread_is_what_the_events_built() -> None:
    """A transcript of the events equals the thread read back over all its pages."""
    backend = StockBackend(Parrot)
    events = await converse(backend, *(f"message {n}" for n in range(12)))
    transcript = Transcript()
    for event in events:
        transcript.apply(event)

    thread = await backend.thread(events[0]["thread"]["id"])
    assert thread["items"]["data"] == list(transcript.items.values())
    assert len(transcript.items) == 24


async def test_two_runs_are_equal_once_normalized() -> None:
    """Ids and times differ between two backends, and nothing else does."""
    one, two = await asyncio.gather(
        converse(StockBackend(Parrot), "hi", "you"),
        converse(StockBackend(Parrot), "hi", "you"),
    )
    assert one != two
    assert normalize(one) == normalize(two)


async def test_an_agent_runs_behind_the_stock_backend() -> None:
    """The real agent integration over the model server gives comparable events and threads."""
    script = always(reasoning("I ", "think") + text("Hel", "lo"))
    runs = []
    async with ModelServer(script) as model:
        for _ in range(2):
            names, backend = Names(), StockBackend(Agentic)
            Agentic.base_url = model.base_url
            events = await converse(backend, "hi")
            thread = await backend.thread(events[0]["thread"]["id"])
            runs.append((normalize(events, names), normalize(thread, names)))

    assert runs[0] == runs[1]
    kinds = [item["type"] for item in runs[0][1]["items"]["data"]]
    assert kinds == ["user_message", "workflow", "assistant_message"]
