"""Deltas of a model that come close together pass as one; everything else passes as it came."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from openai.types.responses import ResponseTextDeltaEvent, ResponseTextDoneEvent
from turnstream_worker.models.delta_joining import joined


def delta(text: str, part: int = 0) -> ResponseTextDeltaEvent:
    """A piece of a message's text."""
    return ResponseTextDeltaEvent(
        type="response.output_text.delta",
        item_id="msg_1",
        output_index=0,
        content_index=part,
        delta=text,
        logprobs=[],
        sequence_number=0,
    )


DONE = ResponseTextDoneEvent(
    type="response.output_text.done",
    item_id="msg_1",
    output_index=0,
    content_index=0,
    text="",
    logprobs=[],
    sequence_number=0,
)


async def stream(*events: Any) -> AsyncIterator[Any]:
    """A model that says everything at once; an exception is raised in its place."""
    for event in events:
        if isinstance(event, Exception):
            raise event
        yield event


async def texts(events: AsyncIterator[Any]) -> list[str]:
    """What comes out: the text of each delta, the type of anything else."""
    return [getattr(event, "delta", event.type) async for event in events]


async def test_the_first_piece_is_not_held_back() -> None:
    """It comes alone, and what was ready behind it comes in one piece."""
    pieces = [delta(text) for text in ("one ", "two ", "three")]

    assert await texts(joined(stream(*pieces, DONE))) == ["one ", "two three", DONE.type]


async def test_the_first_piece_gets_to_its_viewers_before_more_is_read() -> None:
    """Also when all is there at once: its way takes a dozen rounds of the event loop."""
    read: list[Any] = []

    async def at_once() -> AsyncIterator[Any]:
        for event in (delta("one "), delta("two "), DONE):
            read.append(event)
            yield event

    events = joined(at_once())
    await anext(events)
    for _ in range(12):
        await asyncio.sleep(0)

    assert len(read) == 1
    assert await texts(events) == ["two ", DONE.type]


async def test_only_neighbours_of_one_place_are_joined() -> None:
    """Another part, and an event in between, keep pieces apart and everything in order."""
    pieces = [delta("a"), delta("b"), delta("c", part=1), DONE, delta("d"), delta("e")]

    assert await texts(joined(stream(*pieces))) == ["a", "b", "c", DONE.type, "de"]


async def test_a_broken_stream_gives_what_it_gave_and_then_its_error() -> None:
    """Nothing that was said before is lost."""
    events = joined(stream(delta("a"), delta("b"), ConnectionResetError()))

    came = [(await anext(events)).delta for _ in range(2)]

    assert came == ["a", "b"]
    with pytest.raises(ConnectionResetError):
        await anext(events)


async def test_whoever_stops_listening_closes_the_stream() -> None:
    """An interrupted run leaves no open connection to its model."""
    closed = asyncio.Event()

    async def endless() -> AsyncIterator[Any]:
        try:
            while True:
                yield delta("and ")
                await asyncio.sleep(0)
        finally:
            closed.set()

    events = joined(endless())
    await anext(events)
    await events.aclose()

    assert closed.is_set()
