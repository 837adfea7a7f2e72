"""ChatKit: what is replaced is still used, and what is mended still needs it."""

import importlib
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from agents import Agent, OpenAIResponsesModel, Runner
from agents.testing import ModelStep, ScriptedModel, assistant_message
from chatkit.agents import AgentContext
from chatkit.server import agents_sdk_user_agent_override
from chatkit.types import (
    NoticeEvent,
    ThreadMetadata,
    ThreadStreamEvent,
)
from chatkit.widgets import StrictWidgetComponent
from openai.types.responses import ResponseOutputTextAnnotationAddedEvent
from openai.types.responses.response_output_text import AnnotationURLCitation
from pydantic import BaseModel, TypeAdapter, ValidationError
from turnstream_worker.sdk.chatkit_context import listen_to_contexts
from turnstream_worker.sdk.models.annotations import plain_annotation

from tests.support.model_server import ModelServer, always, text
from tests.support.openai_client import openai_client
from tests.support.stock import MemoryStore
from tests.unit.coupling.private_names import takes

chatkit_agents: Any = importlib.import_module("chatkit.agents")


async def a_context() -> AgentContext[Any]:
    store, thread = MemoryStore(), ThreadMetadata(id="thr_1", created_at=datetime.now(UTC))
    await store.save_thread(thread, {})
    return AgentContext(thread=thread, store=store, request_context={})


@takes(
    "chatkit.agents.AgentContext._events",
    "chatkit.agents.AgentContext.model_post_init",
)
async def test_what_a_tool_shows_goes_through_the_queue_of_its_context(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And ChatKit shows what it takes out of it."""
    monkeypatch.setattr(AgentContext, "model_post_init", AgentContext.model_post_init)
    heard: list[ThreadStreamEvent] = []
    listen_to_contexts(heard.append)
    context, notice = await a_context(), NoticeEvent(level="info", message="hello")
    await context.stream(notice)
    agent = Agent[AgentContext[Any]](
        name="a", model=ScriptedModel([ModelStep(output=[assistant_message("hi")])])
    )
    result = Runner.run_streamed(agent, "hi", context=context)
    shown = [event async for event in chatkit_agents.stream_agent_response(context, result)]

    assert heard == [notice]
    assert notice in shown


@takes("chatkit.agents.annotation")
def test_an_annotation_of_the_client_is_refused_and_plain_data_is_taken() -> None:
    """When the first fails, ChatKit has mended it: delete `plain_annotation`."""
    citation = AnnotationURLCitation(
        type="url_citation", url="https://example.com", title="There", start_index=0, end_index=3
    )
    event = TypeAdapter(ResponseOutputTextAnnotationAddedEvent).validate_python(
        {
            "type": "response.output_text.annotation.added",
            "item_id": "msg_1",
            "output_index": 0,
            "content_index": 0,
            "annotation_index": 0,
            "sequence_number": 1,
            "annotation": citation.model_dump(),
        }
    )
    adapter: TypeAdapter[Any] = TypeAdapter(chatkit_agents.ResponsesAnnotation)

    assert isinstance(event.annotation, BaseModel)
    with pytest.raises(ValidationError):
        adapter.validate_python(event.annotation)
    plain: Any = plain_annotation(event)
    assert adapter.validate_python(plain.annotation).url == "https://example.com"


@takes("chatkit.server.agents_sdk_user_agent_override")
async def test_the_user_agent_of_chatkit_is_sent_inside_its_context() -> None:
    async with ModelServer(always(text("Hello."))) as server:
        openai = openai_client(server.base_url)
        agent = Agent(name="a", model=OpenAIResponsesModel("m", openai))
        with agents_sdk_user_agent_override():
            await Runner.run(agent, "hi")
        (call,) = server.calls

    agent_header = {key.lower(): value for key, value in call.request.headers.items()}["user-agent"]
    assert "chatkit" in agent_header.lower()


@takes("chatkit.widgets.StrictWidgetComponent")
def test_the_union_of_widgets_can_be_taken_apart() -> None:
    models = get_args(get_args(StrictWidgetComponent)[0])
    names = {model.model_fields["type"].default for model in models}

    assert {"Text", "Row", "Button", "Image"} <= names
