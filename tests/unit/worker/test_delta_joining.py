"""Deltas that come in one packet reach the client as one; every other byte as it was sent."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import orjson
from turnstream_worker.models.delta_joining import join_deltas


def response_delta(text: str, item: str = "msg_1", **more: Any) -> bytes:
    """A piece of text in the Responses format."""
    kind = "response.output_text.delta"
    document = {"type": kind, "item_id": item, "output_index": 0, "content_index": 0}
    return b"event: %s\ndata: %s" % (
        kind.encode(),
        orjson.dumps({**document, "delta": text, "logprobs": [], **more}),
    )


def chunk(text: str, **more: Any) -> bytes:
    """A piece of text in the Chat Completions format."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None, **more}
    document = {"id": "c1", "object": "chat.completion.chunk", "choices": [choice]}
    return b"data: " + orjson.dumps(document)


class Packets(httpx2.AsyncByteStream):
    """A body that comes in these packets, each of HTTP chunks that are there at once."""

    def __init__(self, *packets: list[bytes]) -> None:
        self._packets = packets

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for packet in self._packets:
            for each in packet:
                yield each
            await asyncio.sleep(0.001)  # the network, until the next one


async def through(*packets: list[bytes], kind: str = "text/event-stream") -> list[bytes]:
    """The frames that a client reads of these packets."""
    response = httpx2.Response(200, headers={"content-type": kind}, stream=Packets(*packets))
    await join_deltas(response)
    body = b"".join([piece async for piece in response.aiter_bytes()])
    return body.split(b"\n\n")


def packet(*frames: bytes) -> list[bytes]:
    """Whole frames, each in a chunk of its own, as servers send them."""
    return [frame + b"\n\n" for frame in frames]


def said(frame: bytes) -> str:
    """The text of a frame."""
    document = orjson.loads(frame.partition(b"data: ")[2])
    choices = document.get("choices")
    return str(choices[0]["delta"]["content"] if choices else document["delta"])


async def test_the_deltas_of_a_packet_are_one() -> None:
    """In both formats, but for the first, which is passed on at once; others come as they were."""
    for delta in (response_delta, chunk):
        begins, ends = b'data: {"type":"begins"}', b"data: [DONE]"
        frames = await through(packet(begins, delta("one "), delta("two "), delta("你"), ends))

        assert frames[0] == begins
        assert [said(frame) for frame in frames[1:3]] == ["one ", "two 你"]
        assert frames[3:] == [ends, b""]


async def test_deltas_of_packets_that_come_in_one_window_are_one() -> None:
    """A frame that is cut by a packet's end comes with the next."""
    texts = [response_delta(text) for text in ("one ", "two ", "three")]
    whole = b"".join(packet(*texts))
    frames = await through([whole[:-9]], [whole[-9:]])

    assert "".join(said(frame) for frame in frames[:-1]) == "one two three"
    assert len(frames) <= len(texts)


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
        stream=Packets(*([frame] for frame in frames)),
    )
    await join_deltas(response)

    assert [piece async for piece in response.aiter_bytes()] == frames


async def test_what_is_no_stream_of_events_is_left_alone() -> None:
    """A JSON answer is not looked into."""
    frames = packet(response_delta("a"), response_delta("b"))

    assert await through(frames, kind="application/json") == b"".join(frames).split(b"\n\n")


async def test_whoever_stops_reading_closes_the_stream() -> None:
    """The task that reads on goes with the response."""
    response = httpx2.Response(
        200,
        headers={"content-type": "text/event-stream"},
        stream=Packets(*[packet(response_delta("and "))] * 1000),
    )
    await join_deltas(response)
    others = asyncio.all_tasks()
    pieces = response.aiter_bytes()
    await anext(pieces)
    await response.aclose()

    assert asyncio.all_tasks() == others


async def test_reading_again_goes_on_with_the_rest() -> None:
    """The client does so to drain what follows the end, beside the task that reads on."""
    packets = [packet(chunk("all")), packet(b"data: [DONE]"), packet(b": bye")]
    response = httpx2.Response(
        200, headers={"content-type": "text/event-stream"}, stream=Packets(*packets)
    )
    await join_deltas(response)
    assert isinstance(response.stream, httpx2.AsyncByteStream)

    first = await anext(aiter(response.stream))
    rest = b"".join([piece async for piece in response.stream])

    assert first == b"".join(packets[0])
    assert rest == b"".join(packets[1] + packets[2])


async def test_a_reader_that_is_cancelled_twice_closes_the_stream_all_the_same() -> None:
    """As the SDK's run is when its listener goes: the model must not go on at our cost."""
    closed = asyncio.Event()

    class Endless(Packets):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"".join(packet(response_delta("one")))
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
