"""The bench's model, as the real Agents SDK sees it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.model_server import Connection, told
from tests.unit.support.model_server.runs import deltas, raw_types, run


@asynccontextmanager
async def model() -> AsyncIterator[str]:
    """Its base URL."""
    loop = asyncio.get_running_loop()
    async with await loop.create_server(Connection, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


async def test_it_says_as_many_words_as_it_is_told() -> None:
    """And the answer has a beginning and an end that the SDK takes for whole."""
    async with model() as url:
        result, events = await run("responses", url, told(100))

    assert deltas(events, "response.output_text") == [" word"] * 100
    assert raw_types(events)[0] == "response.created"
    assert raw_types(events)[-1] == "response.completed"
    assert result.final_output == " word" * 100


async def test_no_two_answers_have_an_id_in_common() -> None:
    """Items of the same id in one thread would be one item to ChatKit."""
    async with model() as url:
        first, _ = await run("responses", url, told(1))
        second, _ = await run("responses", url, told(1))

    assert first.last_response_id != second.last_response_id
    one, other = (each.to_input_list()[-1] for each in (first, second))
    assert one["id"] != other["id"]  # type: ignore[typeddict-item]  # a message has one


async def test_words_come_at_their_pace() -> None:
    """The first at once, the others so many milliseconds apart."""
    async with model() as url:
        began = time.monotonic()
        _, events = await run("responses", url, told(5, pace_ms=30))
        passed = time.monotonic() - began

    assert deltas(events, "response.output_text") == [" word"] * 5
    assert passed >= 4 * 0.03


async def test_it_does_what_the_newest_message_says() -> None:
    """A thread's history holds what it was told before."""
    async with model() as url:
        _, events = await run("responses", url, f"{told(50, 10)} {told(2)}")

    assert deltas(events, "response.output_text") == [" word"] * 2
