"""Streams of a model as it would send them, and what a client reads of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import orjson
from aiohttp import web
from openai import DefaultAioHttpClient
from turnstream_worker.models.delta_joining import join_deltas

Send = Callable[[bytes], Awaitable[None]]


def response_delta(
    text: str, item: str = "msg_1", kind: str = "response.output_text.delta", **more: Any
) -> bytes:
    """A piece of text in the Responses format."""
    document = {"type": kind, "item_id": item, "output_index": 0, "content_index": 0}
    return b"event: %s\ndata: %s" % (
        kind.encode(),
        orjson.dumps({**document, "delta": text, "logprobs": [], **more}),
    )


def chunk(text: str, field: str = "content", **more: Any) -> bytes:
    """A piece of text in the Chat Completions format."""
    choice = {"index": 0, "delta": {field: text}, "finish_reason": None, **more}
    document = {"id": "c1", "object": "chat.completion.chunk", "choices": [choice]}
    return b"data: " + orjson.dumps(document)


def completed() -> bytes:
    """The end of an answer in the Responses format, which has the whole response once more."""
    whole = {"type": "response.completed", "response": {"instructions": "Be kind. " * 300}}
    return b"data: " + orjson.dumps(whole)


class Packets(httpx2.AsyncByteStream):
    """A body that comes in these packets."""

    def __init__(self, *packets: bytes) -> None:
        self._packets = packets

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for packet in self._packets:
            yield packet
            await asyncio.sleep(0)  # the network, until the next one


HEADERS = {"content-type": "text/event-stream"}


async def through(*packets: bytes, kind: str = "text/event-stream") -> list[bytes]:
    """The frames that a client reads of these packets."""
    response = httpx2.Response(200, headers={"content-type": kind}, stream=Packets(*packets))
    await join_deltas(response)
    body = b"".join([piece async for piece in response.aiter_bytes()])
    return body.split(b"\n\n")


def packet(*frames: bytes) -> bytes:
    """Whole frames."""
    return b"".join(frame + b"\n\n" for frame in frames)


@asynccontextmanager
async def answered(
    send: Callable[[Send], Awaitable[None]],
    hook: Callable[[httpx2.Response], Awaitable[None]] = join_deltas,
) -> AsyncIterator[httpx2.Response]:
    """A real response with a real body, which `send` sends, read by the client of models."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=HEADERS)
        await response.prepare(request)
        await send(response.write)
        return response

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    hooks = {"response": [hook]}
    try:
        async with (
            DefaultAioHttpClient(event_hooks=hooks) as client,
            client.stream("GET", f"http://{host}:{port}/") as response,
        ):
            yield response
    finally:
        await runner.cleanup()


def said(frame: bytes) -> str:
    """The text of a frame."""
    document = orjson.loads(frame.partition(b"data: ")[2])
    choices = document.get("choices")
    return str(next(iter(choices[0]["delta"].values())) if choices else document["delta"])
