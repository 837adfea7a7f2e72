"""The streams of the `openai` client, read here: dialects are normalized before objects are made.

The client's own reading stops at the first document it does not expect, and makes every object in
Python, field by field: 70 µs for a chunk, where Pydantic's validation takes 3.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Generic, TypeVar, get_args

import httpx2
from agents.exceptions import _mark_error_to_drain_stream_events
from openai import APIConnectionError, APITimeoutError, BaseModel
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent
from pydantic import ValidationError
from turnstream.contracts.turns import Json

from turnstream_worker.dialects.chat_chunks import ChatChunks
from turnstream_worker.dialects.errors import AnswerFault
from turnstream_worker.dialects.frames import Documents, Frames
from turnstream_worker.dialects.response_events import ResponseEvents

AFTER_END = 0.1
"""Seconds for which what follows the end is read, so that the connection can be used again."""

T = TypeVar("T", bound=BaseModel)
Event = TypeVar("Event")


class NormalizedStream(ABC, Generic[Event]):
    """The events of one HTTP response. Iterate once, then close."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._ended = False

    async def __aiter__(self) -> AsyncIterator[Event]:
        frames, documents = Frames(), Documents()
        body = self.response.aiter_bytes()
        try:
            with _errors_of(self.response.request):
                async for chunk in body:
                    for frame in frames.feed(chunk):
                        self._ended = self._ended or frame.ends
                        if self._ended:
                            break
                        for event in self._events(*documents.read_named(frame)):
                            yield event
                    if self._ended:
                        break
                else:
                    for frame in frames.finish():
                        self._ended = self._ended or frame.ends
                        if not self._ended:
                            for event in self._events(*documents.read_named(frame)):
                                yield event
                for event in self._closing(done=self._ended):
                    yield event
                await _drain(body)
        finally:
            await self.close()

    async def close(self) -> None:
        """Release the connection."""
        await self.response.aclose()

    aclose = close

    @abstractmethod
    def _events(self, document: object, name: str) -> Iterator[Event]:
        """The events that stand for one document of the stream."""

    @abstractmethod
    def _closing(self, *, done: bool) -> Iterator[Event]:
        """What is missing at the end of the stream. Raises `_StreamCut` for an answer without
        an end.
        """


class MendedChunks(NormalizedStream[ChatCompletionChunk]):
    """A Chat Completions stream."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(response)
        self._chunks = ChatChunks()

    def _events(self, document: object, name: str) -> Iterator[ChatCompletionChunk]:
        chunk = self._chunks.normalized(document, name)
        if chunk is not None:
            yield made(ChatCompletionChunk, chunk)

    def _closing(self, *, done: bool) -> Iterator[ChatCompletionChunk]:
        last = self._chunks.closing(done=done)
        if last is not None:
            yield made(ChatCompletionChunk, last)
        if self._chunks.ending is None:
            raise _StreamCut("The model's stream ended without a finish reason.")


class NormalizedEvents(NormalizedStream[ResponseStreamEvent]):
    """A Responses stream."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(response)
        self._dialect = ResponseEvents()

    def _events(self, document: object, name: str) -> Iterator[ResponseStreamEvent]:
        for event in self._dialect.normalized(document, name):
            yield event_object(event)
        self._ended = self._dialect.ended

    def _closing(self, *, done: bool) -> Iterator[ResponseStreamEvent]:
        if done:
            for event in self._dialect.closing():
                yield event_object(event)
        if not self._dialect.ended:
            raise _StreamCut("The model's stream ended early.")


class _StreamCut(Exception):
    """The stream ended too early."""


def _event_classes() -> dict[str, type[BaseModel]]:
    union = get_args(ResponseStreamEvent)[0]
    return {
        name: kind
        for kind in get_args(union)
        for name in get_args(kind.model_fields["type"].annotation)
    }


_EVENTS = _event_classes()


def event_object(event: Json) -> ResponseStreamEvent:
    """An event of the client's class for it. An unknown type keeps its fields without a class."""
    kind = _EVENTS.get(event["type"], _UnknownEvent)
    return made(kind, event)  # type: ignore[return-value]  # the table holds the union's classes


class _UnknownEvent(BaseModel):
    type: str


def made(kind: type[T], document: Json) -> T:
    """An object of the client's class, whether or not the document fits it."""
    try:
        return kind.model_validate(document)
    except ValidationError:
        return kind.construct(None, **document)


async def _drain(body: AsyncIterator[bytes]) -> None:
    with suppress(TimeoutError, httpx2.HTTPError, httpx2.StreamError):
        async with asyncio.timeout(AFTER_END):
            async for _ in body:
                pass


@contextmanager
def _errors_of(request: httpx2.Request) -> Iterator[None]:
    """Errors as the client's own, and such that what was shown before them is not lost.

    The client maps the errors of the HTTP library only until a stream opens. The SDK drops events
    that wait in its queue when an error comes, unless the error asks for them.
    """
    try:
        try:
            yield
        except httpx2.TimeoutException as error:
            raise APITimeoutError(request=request) from error
        except httpx2.TransportError as error:
            raise APIConnectionError(request=request) from error
        except _StreamCut as error:
            raise APIConnectionError(message=str(error), request=request) from None
    except (APIConnectionError, AnswerFault) as error:
        _mark_error_to_drain_stream_events(error)
        raise
