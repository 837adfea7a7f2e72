"""Running the real Agents SDK against the model server."""

from typing import Any

from agents import (
    Agent,
    FunctionTool,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    RunConfig,
    Runner,
)
from agents.models.interface import Model
from agents.result import RunResultStreaming
from agents.stream_events import StreamEvent
from openai import AsyncOpenAI

from tests.support.model_server.request import ModelApi
from tests.support.openai_client import openai_client


def client(base_url: str) -> AsyncOpenAI:
    return openai_client(base_url)


def model(api: ModelApi, base_url: str) -> Model:
    kind = OpenAIResponsesModel if api == "responses" else OpenAIChatCompletionsModel
    return kind("scripted", client(base_url))


async def run(
    api: ModelApi, base_url: str, text: str, tools: list[FunctionTool] | None = None
) -> tuple[RunResultStreaming, list[StreamEvent]]:
    """Run one streamed turn to its end; raises what the run raises."""
    agent = Agent[Any](
        name="tester",
        instructions="Be brief.",
        model=model(api, base_url),
        tools=list(tools or []),
        model_settings=ModelSettings(include_usage=True),
    )
    result = Runner.run_streamed(agent, text, run_config=RunConfig(tracing_disabled=True))
    return result, [event async for event in result.stream_events()]


def raw_types(events: list[StreamEvent]) -> list[str]:
    return [event.data.type for event in events if event.type == "raw_response_event"]


def deltas(events: list[StreamEvent], kind: str) -> list[str]:
    """The deltas of one kind, such as `response.output_text`, in order."""
    return [
        getattr(event.data, "delta", "")
        for event in events
        if event.type == "raw_response_event" and event.data.type == f"{kind}.delta"
    ]
