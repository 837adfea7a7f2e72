"""The worker's client says to a model, and hears of it, what the stock client would."""

import json
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI
from openai.types.responses import ResponseStreamEvent
from turnstream_worker.sdk.models.openai_client import ModelClient

from tests.support.model_server import (
    Citation,
    ModelRequest,
    Step,
    reasoning,
    refusal,
    text,
    tool_call,
)
from tests.support.model_server.frame import Frame, sse
from tests.support.model_server.responses import ResponsesAnswer

TOOL = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    "strict": True,
}
ITEMS = [
    {"role": "user", "content": [{"type": "input_text", "text": "你好"}]},
    {"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c1", "output": "rain"},
]
ODD = [
    {"type": "response.of_the_future", "sequence_number": 1, "news": {"a": [1]}},
    {"type": "response.output_text.delta", "delta": 7, "item_id": None},
    {"type": "response.output_item.added", "item": {"type": "of_the_future"}, "output_index": 0},
    {"delta": "without a type"},
]
"""What no class of the client fits."""


class Transport(httpx2.AsyncBaseTransport):
    """Gives every request the same answer, and keeps what was asked."""

    def __init__(self, answer: bytes, kind: str = "text/event-stream") -> None:
        self.answer = answer
        self.kind = kind
        self.asked: list[tuple[str, Any]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append((request.url.path, json.loads(await request.aread())))
        return httpx2.Response(200, content=self.answer, headers={"content-type": self.kind})


def client(kind: type[AsyncOpenAI], transport: Transport) -> AsyncOpenAI:
    return kind(
        api_key="k",
        base_url="http://model/v1",
        max_retries=0,
        http_client=httpx2.AsyncClient(transport=transport),
    )


def stream_of(*steps: Step) -> bytes:
    """All that a model streams for these steps, one answer after the other."""
    body = {"model": "m", "instructions": "Be brief.", "tools": [TOOL], "stream": True}
    frames = (
        frame
        for step in steps
        for frame in ResponsesAnswer(step, ModelRequest("responses", body, {})).frames()
    )
    return b"".join(frame.data for frame in frames if isinstance(frame, Frame))


async def heard(kind: type[AsyncOpenAI], answer: bytes) -> list[ResponseStreamEvent]:
    stream = await client(kind, Transport(answer)).responses.create(
        model="m", input="x", stream=True
    )
    return [event async for event in stream]


async def test_every_event_is_the_object_that_the_stock_client_makes() -> None:
    """Text, a citation, reasoning, a refusal and a call: the same classes with the same values."""
    cited = text("It", " is", citations=(Citation("https://example.com", "Example", 0, 2),))
    answer = stream_of(
        cited, reasoning("Hm."), refusal("No."), tool_call("get_weather", {"city": "Paris"})
    )

    ours, stock = await heard(ModelClient, answer), await heard(AsyncOpenAI, answer)

    assert [type(event) for event in ours] == [type(event) for event in stock]
    assert ours == stock
    assert len({event.type for event in ours}) > 15


@pytest.mark.parametrize("event", ODD)
async def test_an_event_that_fits_no_class_is_built_as_the_stock_client_builds_it(
    event: dict[str, Any],
) -> None:
    """What a server sends that the client does not know, or not so, is not refused."""
    answer = sse(event)

    ours, stock = await heard(ModelClient, answer), await heard(AsyncOpenAI, answer)

    assert [type(each) for each in ours] == [type(each) for each in stock]
    assert ours == stock


@pytest.mark.parametrize("stream", [True, False])
async def test_a_request_is_the_one_that_the_stock_client_sends(stream: bool) -> None:
    """Items, tools, settings and an app's own extra body: the same document."""
    asked = []
    for kind in (ModelClient, AsyncOpenAI):
        transport = (
            Transport(b"data: [DONE]\n\n") if stream else Transport(b"{}", "application/json")
        )
        responses: Any = client(kind, transport).responses
        await responses.create(
            model="m",
            instructions="Be brief.",
            input=ITEMS,
            tools=[TOOL],
            tool_choice="auto",
            include=["reasoning.encrypted_content"],
            store=False,
            stream=stream,
            extra_body={"top_k": 4},
        )
        asked.append(transport.asked)

    assert asked[0] == asked[1]
    assert asked[0][0][1]["input"] == ITEMS


async def test_what_is_not_given_is_not_sent() -> None:
    """A request by a stored prompt has neither items nor tools of its own."""
    transport = Transport(b"data: [DONE]\n\n")

    await client(ModelClient, transport).responses.create(prompt={"id": "pmpt_1"}, stream=True)

    assert transport.asked == [("/v1/responses", {"prompt": {"id": "pmpt_1"}, "stream": True})]
