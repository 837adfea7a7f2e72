"""The client of models: what is overridden is still called, and what is replaced is still read."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
from aiohttp import StreamReader
from openai import AsyncOpenAI
from openai.types.responses import ResponseFunctionToolCall
from turnstream_worker.models.delta_joining import answer_of, join_deltas
from turnstream_worker.sdk.models.model_answers import response_data, response_from
from turnstream_worker.sdk.models.openai_client import ModelClient

from tests.support.model_server import text
from tests.unit.coupling.private_names import takes
from tests.unit.worker.models.answer_streams import Send, answered
from tests.unit.worker.sdk.test_model_client import Transport, client, stream_of


@takes("openai.BaseModel.model_construct")
def test_the_client_builds_nested_objects_of_whatever_it_gets() -> None:
    """Of the right class where the type tells it; what was not sent stays unset."""
    call = {"type": "function_call", "call_id": "c", "name": "n", "arguments": None, "new": [1]}
    built = response_from({"output": [call], "created_at": "now"})

    assert isinstance(built.output[0], ResponseFunctionToolCall)
    assert response_data(built) == {"output": [call], "created_at": "now"}


@takes("openai.AsyncOpenAI.post", "openai.resources.responses.AsyncResponses.extra_body")
async def test_a_request_for_a_streamed_response_goes_through_the_overridden_method() -> None:
    """Items and tools are sent as they are, and an event's class is found by its type."""
    transport = Transport(stream_of(text("Hello.")))
    posted: list[dict[str, Any]] = []

    class Client(ModelClient):
        async def post(self, path: str, **options: Any) -> Any:
            posted.append(options)
            return await super().post(path, **options)

    items: Any = [{"role": "user", "content": "hi", "of_the_future": 1}]
    stream = await client(Client, transport).responses.create(model="m", input=items, stream=True)
    events = [event async for event in stream]

    (options,) = posted
    assert options["stream_cls"].__name__ == "AsyncStream"
    assert transport.asked[0][1]["input"] == items
    assert events[-1].type == "response.completed"


@takes("httpx2.Response.stream")
async def test_the_client_reads_the_stream_that_a_response_hook_puts_in() -> None:
    """With the hook that joins deltas, and one that counts what is read through it."""
    read: list[bytes] = []

    class Body(httpx2.AsyncByteStream):
        def __init__(self, answer: Any) -> None:
            self._answer = answer

        async def __aiter__(self) -> AsyncIterator[bytes]:
            if isinstance(self._answer, bytes):
                yield self._answer
                return
            async for chunk in self._answer:
                read.append(chunk)
                yield chunk

    class Streaming(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            headers = {"content-type": "text/event-stream"}
            return httpx2.Response(200, stream=Body(answer), headers=headers)

    async def count(response: httpx2.Response) -> None:
        response.stream = Body(response.stream)

    answer = stream_of(text("one ", "two ", "three"))
    http = httpx2.AsyncClient(transport=Streaming(), event_hooks={"response": [join_deltas, count]})
    openai = AsyncOpenAI(api_key="k", base_url="http://model/v1", http_client=http)
    stream = await openai.responses.create(model="m", input="x", stream=True)
    deltas = [event.delta async for event in stream if event.type == "response.output_text.delta"]

    assert deltas == ["one two three"]
    assert 0 < len(b"".join(read)) < len(answer)


@takes(
    "httpx2._client.BoundAsyncStream._stream",
    "openai._vendor.httpx_aiohttp.transport.AiohttpResponseStream._aiohttp_response",
)
async def test_the_client_of_models_leads_to_the_buffer_of_its_connection() -> None:
    """What has come waits there while nobody reads, and it says when the body has ended."""
    found: list[StreamReader | None] = []

    async def find(response: httpx2.Response) -> None:
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        answer = answer_of(response.stream)
        found.append(answer.content if answer is not None else None)

    async def speak(send: Send) -> None:
        await send(b"all there is")

    async with answered(speak, find) as response:
        [buffer] = found
        assert buffer is not None
        ended = asyncio.Event()
        buffer.on_eof(ended.set)
        async with asyncio.timeout(5):
            await ended.wait()
        assert buffer.read_nowait() == b"all there is"
        assert await response.aread() == b""
