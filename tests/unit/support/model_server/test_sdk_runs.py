"""The model server as the real Agents SDK sees it, by both model APIs."""

import asyncio
from typing import Any

import pytest
from agents import function_tool

from tests.support.model_server import (
    Citation,
    ModelServer,
    always,
    reasoning,
    rounds,
    text,
    tool_call,
)
from tests.support.model_server.request import ModelApi

from .runs import client, deltas, raw_types, run

both_apis = pytest.mark.parametrize("api", ["responses", "chat_completions"])


@function_tool
def weather(city: str) -> str:
    return f"sunny in {city}"


@function_tool
def news(topic: str) -> str:
    return f"nothing about {topic}"


@both_apis
async def test_text_arrives_in_its_chunks(api: ModelApi) -> None:
    """Each string of a text is one delta, and together they are the final output."""
    async with ModelServer(always(text("Hel", "lo ", "wörld"))) as server:
        result, events = await run(api, server.base_url, "hi")

    assert deltas(events, "response.output_text") == ["Hel", "lo ", "wörld"]
    assert result.final_output == "Hello wörld"


@both_apis
async def test_usage_is_reported(api: ModelApi) -> None:
    """A run learns its token counts: one output token per delta."""
    async with ModelServer(always(text("a", "b"))) as server:
        result, _ = await run(api, server.base_url, "hi")

    usage = result.context_wrapper.usage
    assert usage.requests == 1
    assert usage.output_tokens == 2
    assert usage.input_tokens > 0


async def test_responses_events_come_in_the_order_of_the_api() -> None:
    """A text answer of the Responses API opens and closes response, item and part."""
    async with ModelServer(always(text("hi"))) as server:
        _, events = await run("responses", server.base_url, "hi")

    assert raw_types(events) == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]


async def test_sequence_numbers_rise_by_one() -> None:
    """Every event of a Responses stream carries the next sequence number."""
    step = reasoning("think") + tool_call("weather", {"city": "Oslo"}) + text("hi")
    async with ModelServer(always(step)) as server:
        stream = await client(server.base_url).responses.create(model="m", input="hi", stream=True)
        numbers = [event.sequence_number async for event in stream]

    assert numbers == list(range(len(numbers)))


@both_apis
async def test_reasoning_becomes_a_summary(api: ModelApi) -> None:
    """Reasoning streams as summary deltas before the text, in either format."""
    async with ModelServer(always(reasoning("Let me ", "see.") + text("Yes."))) as server:
        result, events = await run(api, server.base_url, "hi")

    assert deltas(events, "response.reasoning_summary_text") == ["Let me ", "see."]
    assert result.final_output == "Yes."


@both_apis
async def test_a_tool_call_is_answered_and_the_run_goes_on(api: ModelApi) -> None:
    """After the tool's output the script sees it and gives the next step."""
    script = rounds(
        tool_call("weather", {"city": "Oslo"}, call_id="call_1"),
        lambda request: text(f"It is {request.tool_outputs[0]}."),
    )
    async with ModelServer(script) as server:
        result, _ = await run(api, server.base_url, "hi", [weather])

    assert result.final_output == "It is sunny in Oslo."
    assert [call.request.tools for call in server.calls] == [["weather"], ["weather"]]


@both_apis
async def test_parallel_tool_calls_come_in_one_answer(api: ModelApi) -> None:
    """Calls added up are asked for together, and their outputs come back in one request."""
    script = rounds(
        tool_call("weather", {"city": "Oslo"}) + tool_call("news", {"topic": "cats"}),
        text("done"),
        tools_per_round=2,
    )
    async with ModelServer(script) as server:
        result, _ = await run(api, server.base_url, "hi", [weather, news])

    assert result.final_output == "done"
    assert server.calls[1].request.tool_outputs == [
        "sunny in Oslo",
        "nothing about cats",
    ]


@both_apis
async def test_call_ids_are_new_in_each_answer(api: ModelApi) -> None:
    """Two calls without a scripted id never share one, which the SDK would refuse."""
    call = tool_call("weather", {"city": "Oslo"})
    async with ModelServer(rounds(call, call, text("done"))) as server:
        result, _ = await run(api, server.base_url, "hi", [weather])

    assert result.final_output == "done"


async def test_citations_annotate_the_text() -> None:
    """A citation arrives as an annotation event and in the finished text."""
    cited = text("See here.", citations=(Citation("https://example.org", "Example", 4, 8),))
    async with ModelServer(always(cited)) as server:
        result, events = await run("responses", server.base_url, "hi")

    assert "response.output_text.annotation.added" in raw_types(events)
    message: Any = result.raw_responses[0].output[0]
    assert message.content[0].annotations[0].url == "https://example.org"


@both_apis
async def test_answers_without_streaming(api: ModelApi) -> None:
    """A request that does not stream gets the same answer as one JSON body."""
    step = reasoning("think") + tool_call("weather", {"city": "Oslo"}) + text("hi")
    async with ModelServer(always(step)) as server:
        if api == "responses":
            response = await client(server.base_url).responses.create(model="m", input="hi")
            answer = (response.output_text, [item.type for item in response.output])
            assert answer == ("hi", ["reasoning", "function_call", "message"])
        else:
            completion = await client(server.base_url).chat.completions.create(
                model="m", messages=[{"role": "user", "content": "hi"}]
            )
            choice = completion.choices[0]
            assert choice.message.content == "hi"
            assert choice.finish_reason == "tool_calls"


async def test_usage_of_a_chat_stream_comes_only_when_asked_for() -> None:
    """`stream_options.include_usage` decides whether a usage chunk precedes `[DONE]`."""
    async with ModelServer(always(text("hi"))) as server:
        usages = []
        for options in ({"include_usage": True}, {"include_usage": False}):
            stream = await client(server.base_url).chat.completions.create(
                model="m",
                messages=[{"role": "user", "content": "hi"}],
                stream=True,
                stream_options={"include_usage": options["include_usage"]},
            )
            usages.append([chunk.usage for chunk in [c async for c in stream] if chunk.usage])

    assert [len(found) for found in usages] == [1, 0]


async def test_concurrent_requests_are_answered_independently() -> None:
    """A slow answer does not delay another one."""
    async with ModelServer(lambda request: text(request.last_user_text)) as server:
        runs = await asyncio.gather(
            *(run("responses", server.base_url, f"say {n}") for n in range(5))
        )

    assert [result.final_output for result, _ in runs] == [f"say {n}" for n in range(5)]
