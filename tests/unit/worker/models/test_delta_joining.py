"""Deltas that come in one window reach the client as one; every other byte as it was sent."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from itertools import pairwise

import httpx2
import pytest
import uvloop
from aiohttp import web
from aiohttp.client_proto import ResponseHandler
from aiohttp.test_utils import TestServer
from openai import DefaultAioHttpClient
from turnstream_worker.models import delta_joining
from turnstream_worker.models.delta_joining import (
    LONGEST_OF_THOUGHTS,
    LONGEST_WINDOW,
    WINDOW,
    end_of_window,
    join_deltas,
)

from tests.unit.worker.models.answer_streams import (
    HEADERS,
    Packets,
    Send,
    answered,
    chunk,
    completed,
    packet,
    response_delta,
    said,
    through,
)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows that only the end of a body ends."""
    for name in ("WINDOW", "LONGEST_WINDOW"):
        monkeypatch.setattr(delta_joining, name, 10_000.0)


async def test_the_deltas_of_a_packet_are_one() -> None:
    """In both formats; other frames come as they were."""
    for delta in (response_delta, chunk):
        begins, ends = b'data: {"type":"begins"}', b"data: [DONE]"
        frames = await through(packet(begins, delta("one "), delta("two "), delta("你"), ends))

        assert frames[0] == begins
        assert said(frames[1]) == "one two 你"
        assert frames[2:] == [ends, b""]


@pytest.mark.parametrize(
    ("thought", "text"),
    [
        (partial(response_delta, kind="response.reasoning_summary_text.delta"), response_delta),
        (partial(response_delta, kind="response.reasoning_text.delta"), response_delta),
        (partial(chunk, field="reasoning_content"), chunk),
        (partial(chunk, field="reasoning"), chunk),
    ],
)
async def test_thoughts_are_joined_as_text_is(
    thought: Callable[[str], bytes], text: Callable[[str], bytes]
) -> None:
    """In both formats, and never with text."""
    frames = await through(packet(thought("let "), thought("me "), text("It "), text("is.")))

    assert b"reasoning" in frames[0]
    assert [said(frame) for frame in frames[:-1]] == ["let me ", "It is."]


async def test_two_parts_of_a_summary_stay_apart() -> None:
    """Each is a thought of its own for the user."""
    summary = partial(response_delta, kind="response.reasoning_summary_text.delta")
    frames = await through(packet(summary("a", summary_index=0), summary("b", summary_index=1)))

    assert [said(frame) for frame in frames[:-1]] == ["a", "b"]


async def test_text_behind_thoughts_waits_for_half_a_window_at_most() -> None:
    """A user waits for it, while thoughts are read in passing."""
    thought = partial(response_delta, kind="response.reasoning_text.delta")

    async def think(send: Send) -> None:
        for _ in range(60):
            await send(packet(thought("hm ")))
            await asyncio.sleep(0.01)

    loop = asyncio.get_running_loop()
    async with answered(think) as response:
        times = [loop.time() async for _ in response.aiter_bytes()]

    rests = sorted(after - before for before, after in pairwise(times))
    assert rests[len(rests) // 2] < (LONGEST_OF_THOUGHTS + LONGEST_WINDOW) / 2


async def test_a_frame_that_is_cut_by_a_packets_end_comes_with_the_next() -> None:
    """Whole, and joined with what stands in that one."""
    whole = packet(*(response_delta(text) for text in ("one ", "two ", "three")))
    frames = await through(whole[:-9], whole[-9:])

    assert [said(frame) for frame in frames[:-1]] == ["one two ", "three"]


async def test_the_first_piece_is_there_at_once_and_later_ones_in_windows() -> None:
    """However often the model speaks: the windows grow to the longest one."""
    pace, words = WINDOW / 4, 120

    async def speak(send: Send) -> None:
        for _ in range(words):
            await send(packet(response_delta("word ")))
            await asyncio.sleep(pace)

    loop = asyncio.get_running_loop()
    async with answered(speak) as response:
        began = loop.time()
        pieces = response.aiter_bytes()
        first = await anext(pieces)
        waited = loop.time() - began
        rest = [piece async for piece in pieces]
        took = loop.time() - began

    assert said(first.strip()) == "word "
    assert waited < took / 4
    text = "".join(said(frame) for piece in rest for frame in piece.split(b"\n\n")[:-1])
    assert text == "word " * (words - 1)
    assert len(rest) <= took / LONGEST_WINDOW + 5


def test_the_longest_windows_end_together_however_early_a_timer_is() -> None:
    """A task that is awake a little before the common end waits for the next one, not for that."""
    begun = 1_000.0
    end = end_of_window(begun, LONGEST_WINDOW)
    for off in (-0.001, 0.0, 0.001, LONGEST_WINDOW / 2):
        assert end_of_window(end + off, LONGEST_WINDOW) == pytest.approx(end + LONGEST_WINDOW)
    assert end_of_window(begun, WINDOW) == begun + WINDOW


@pytest.mark.parametrize(
    ("delta", "end"), [(response_delta, completed()), (chunk, b"data: [DONE]")]
)
async def test_the_end_of_the_body_ends_a_window(
    delta: Callable[[str], bytes], end: bytes, endless: None
) -> None:
    """An answer's end, and the call of a tool that is made then, wait for no window of text,
    however long it is.
    """

    async def speak(send: Send) -> None:
        await send(packet(delta("one ")))
        await asyncio.sleep(0.1)  # the window has begun
        await send(packet(delta("two"), end))

    async with answered(speak) as response, asyncio.timeout(5):
        body = await response.aread()

    assert body == packet(delta("one "), delta("two"), end)


async def test_a_short_end_waits_for_its_window_and_no_longer() -> None:
    """As a server of the Responses API has it that repeats neither its text nor the response."""

    async def speak(send: Send) -> None:
        for _ in range(20):  # until windows are at their longest
            await send(packet(response_delta("word ")))
            await asyncio.sleep(0.02)
        await send(packet(b'data: {"type":"response.completed"}'))
        ended.append(loop.time())

    loop, ended = asyncio.get_running_loop(), list[float]()
    async with answered(speak) as response:
        body = await response.aread()
    assert body.endswith(packet(b'data: {"type":"response.completed"}'))
    assert loop.time() - ended[0] < 2 * LONGEST_WINDOW


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every word wakes the loop")
@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_word_in_a_window_wakes_nobody(
    new_loop: Callable[[], asyncio.AbstractEventLoop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits in the socket. The window's end has all words that were said before it."""
    monkeypatch.setattr(delta_joining, "WINDOW", 1.0)
    received: list[int] = []
    data_received = ResponseHandler.data_received

    def counted(handler: ResponseHandler, data: bytes) -> None:
        received.extend([len(data)] if data else [])  # aiohttp resumes its parser with nothing
        data_received(handler, data)

    monkeypatch.setattr(ResponseHandler, "data_received", counted)

    async def speak(send: Send) -> None:
        for word in ("one ", "two ", "three ", "four "):
            await send(packet(response_delta(word)))
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.5)
        await send(packet(completed()))

    async def read() -> list[str]:
        async with answered(speak) as response:
            pieces = response.aiter_bytes()
            first, second, *_ = [piece async for piece in pieces]
            return [said(first.strip()), said(second.strip())]

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(read()) == ["one ", "two three four "]
    assert len(received) <= 4  # the head, the first word, the others, the end


async def test_the_next_answer_on_a_connection_is_read_at_once(endless: None) -> None:
    """Though it has fewer bytes than a window lets wait."""
    ports = set()

    async def answer(request: web.Request) -> web.StreamResponse:
        ports.add(request.transport.get_extra_info("peername")[1])  # type: ignore[union-attr]
        if request.path == "/short":
            return web.Response(text="ok")
        response = web.StreamResponse(headers=HEADERS)
        await response.prepare(request)
        await response.write(packet(response_delta("one ")))
        await asyncio.sleep(0.1)
        await response.write(packet(completed()))
        return response

    app = web.Application()
    app.router.add_get("/{any}", answer)
    hooks = {"response": [join_deltas]}
    async with (
        TestServer(app) as server,
        DefaultAioHttpClient(event_hooks=hooks, base_url=str(server.make_url("/"))) as client,
        asyncio.timeout(5),
    ):
        await client.get("/long")
        assert (await client.get("/short")).text == "ok"
    assert len(ports) == 1


async def test_a_model_that_speaks_fast_is_not_held_up() -> None:
    """All that has come is taken at the end of a window, however much that is."""
    words = 20_000

    async def speak(send: Send) -> None:
        for _ in range(words // 100):
            await send(packet(*[response_delta("word ")] * 100))

    loop = asyncio.get_running_loop()
    async with answered(speak) as response:
        began = loop.time()
        frames = (await response.aread()).split(b"\n\n")[:-1]

    assert "".join(map(said, frames)) == "word " * words
    assert loop.time() - began < 10


async def test_only_text_of_one_place_is_joined() -> None:
    """Another item, an end, and what carries more than text stay apart."""
    odd = [
        response_delta("b", item="msg_2"),
        response_delta("c", item="msg_2", logprobs=[{"token": "c"}]),
        chunk("d"),
        chunk("e", finish_reason="stop"),
        b'data: not json "chat.completion.chunk"',
    ]
    frames = [response_delta("a"), *odd]

    assert await through(packet(*frames)) == [*frames, b""]


async def test_lines_that_end_in_crlf_are_passed_on_as_they_come() -> None:
    """Some servers end lines so; their text must not wait for the end of the stream."""
    frames = [response_delta(text).replace(b"\n", b"\r\n") + b"\r\n\r\n" for text in "abc"]
    response = httpx2.Response(
        200,
        headers={"content-type": "text/event-stream"},
        stream=Packets(*frames),
    )
    await join_deltas(response)

    assert [piece async for piece in response.aiter_bytes()] == frames


async def test_what_is_no_stream_of_events_is_left_alone() -> None:
    """A JSON answer is not looked into."""
    frames = packet(response_delta("a"), response_delta("b"))

    assert await through(frames, kind="application/json") == frames.split(b"\n\n")


async def test_whoever_stops_reading_closes_the_connection() -> None:
    """In the middle of a window, too."""
    gone = asyncio.Event()

    async def speak(send: Send) -> None:
        try:
            while True:
                await send(packet(response_delta("and ")))
                await asyncio.sleep(0.001)
        finally:
            gone.set()

    async with answered(speak) as response:
        await anext(response.aiter_bytes())
        await response.aclose()
        async with asyncio.timeout(5):
            await gone.wait()


async def test_a_reader_that_is_cancelled_twice_closes_the_stream_all_the_same() -> None:
    """As the SDK's run is when its listener goes: the model must not go on at our cost."""
    closed = asyncio.Event()

    class Endless(Packets):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield packet(response_delta("one"))
            await asyncio.sleep(60)

        async def aclose(self) -> None:
            await asyncio.sleep(0)  # closing takes its time
            closed.set()

    headers = {"content-type": "text/event-stream"}
    response = httpx2.Response(200, headers=headers, stream=Endless())
    await join_deltas(response)
    began = asyncio.Event()

    async def read() -> None:
        async for _ in response.aiter_bytes():
            began.set()

    reading = asyncio.create_task(read())
    await began.wait()
    reading.cancel()
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.wait({reading})

    async with asyncio.timeout(5):
        await closed.wait()
