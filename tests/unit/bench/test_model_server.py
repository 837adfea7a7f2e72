"""The bench's model, as the real Agents SDK and the real client see it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from openai import AsyncOpenAI

from bench.servers.model import BEGAN, Connection, UserRequest, count_prompt
from tests.unit.support.model_server.runs import deltas, raw_types, run


@asynccontextmanager
async def model() -> AsyncIterator[str]:
    """Its base URL."""
    loop = asyncio.get_running_loop()
    async with await loop.create_server(Connection, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


def words(events: list[Any]) -> list[str]:
    """The pieces of the text, without what the first says of when it was said."""
    first, *others = deltas(events, "response.output_text")
    return [BEGAN.sub(b"", first.encode()).decode(), *others]


async def said(url: str, *items: Any) -> tuple[list[str], Any]:
    """The types of the events, each kind once, and the response at the end."""
    async with (
        AsyncOpenAI(base_url=url, api_key="any") as client,
        client.responses.stream(model="any", input=[*items]) as stream,
    ):
        types = dict.fromkeys([event.type async for event in stream])
        return [*types], await stream.get_final_response()


def asks(asked: UserRequest) -> dict[str, Any]:
    """A user who asks for it."""
    return {"role": "user", "content": str(asked)}


async def test_it_says_as_many_words_as_it_is_told() -> None:
    """And the answer has a beginning and an end that the SDK takes for whole."""
    async with model() as url:
        result, events = await run("responses", url, count_prompt(100))

    assert words(events) == [" word"] * 100
    assert raw_types(events)[0] == "response.created"
    assert raw_types(events)[-1] == "response.completed"
    assert result.final_output == "".join(deltas(events, "response.output_text"))


async def test_no_two_answers_have_an_id_in_common() -> None:
    """Items of the same id in one thread would be one item to ChatKit."""
    async with model() as url:
        first, _ = await run("responses", url, count_prompt(1))
        second, _ = await run("responses", url, count_prompt(1))

    assert first.last_response_id != second.last_response_id
    one, other = (each.to_input_list()[-1] for each in (first, second))
    assert one["id"] != other["id"]  # type: ignore[typeddict-item]  # a message has one


async def test_words_come_at_their_pace() -> None:
    """The first at once, the others so many milliseconds apart."""
    async with model() as url:
        began = time.monotonic()
        _, events = await run("responses", url, count_prompt(5, pace_ms=30))
        passed = time.monotonic() - began

    assert words(events) == [" word"] * 5
    assert passed >= 4 * 0.03


async def test_it_does_what_the_newest_message_says() -> None:
    """A thread's history holds what it was told before."""
    async with model() as url:
        _, events = await run("responses", url, f"{count_prompt(50, 10)} {count_prompt(2)}")

    assert words(events) == [" word"] * 2


async def test_an_answer_says_when_its_first_word_was_said() -> None:
    """By the clock of the machine, so that anyone who hears it knows how late each word is."""
    async with model() as url:
        asked = time.monotonic()
        types, response = await said(url, asks(UserRequest(3, pace_ms=10, thoughts=10)))

    thought, spoke = "response.reasoning_summary_text.delta", "response.output_text.delta"
    assert types.index(thought) < types.index(spoke)
    assert [item.type for item in response.output] == ["reasoning", "message"]
    began = BEGAN.search(response.output_text.encode())
    assert began is not None
    assert asked + 0.1 <= float(began[1]) <= time.monotonic()


async def test_it_calls_a_tool_when_half_is_said_and_goes_on_with_its_result() -> None:
    """Two answers, each with half of the words; only the first thinks and calls."""
    asked = asks(UserRequest(8, call=True, thoughts=2))
    async with model() as url:
        _, first = await said(url, asked)
        *_, call = first.output
        result = {"type": "function_call_output", "call_id": call.call_id, "output": "mild"}
        shown = [item.model_dump(exclude_none=True) for item in first.output]
        _, second = await said(url, asked, *shown, result)

    assert [item.type for item in first.output] == ["reasoning", "message", "function_call"]
    assert first.output_text.count(" word") == 4
    assert [item.type for item in second.output] == ["message"]
    assert second.output_text.count(" word") == 4
    assert not {item.id for item in first.output} & {item.id for item in second.output}
