"""The SDK's two model classes, made to say so when an answer was cut short.

A stream that breaks off raises `openai.APIConnectionError` here, whichever way it broke: that is
the class which means "try again". Unguarded, a torn socket raises an error of the HTTP library, a
Responses stream without an end looks like misbehaviour of the model, and a Chat Completions stream
of any host but OpenAI is taken for a whole answer.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import Any, cast

import httpx2
from agents import Model, OpenAIChatCompletionsModel, OpenAIResponsesModel
from agents.items import TResponseStreamEvent
from openai import APIConnectionError, APITimeoutError, AsyncStream
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import ResponseOutputTextAnnotationAddedEvent
from pydantic import BaseModel

RESPONSE_ENDS = frozenset(
    {"response.completed", "response.failed", "response.incomplete", "response.error", "error"}
)


class GuardedResponsesModel(OpenAIResponsesModel):
    """A Responses stream ends with one of its end events, or raises `APIConnectionError`."""

    async def stream_response(
        self, *args: Any, **options: Any
    ) -> AsyncIterator[TResponseStreamEvent]:
        """Stream the answer; see the class for what is promised beyond the SDK."""
        request = httpx2.Request("POST", self._client.base_url)
        ended = False
        stream = super().stream_response(*args, **options)
        with _connection_errors(request):
            async with aclosing(cast(Any, stream)) as events:
                async for event in events:
                    ended = ended or event.type in RESPONSE_ENDS
                    yield _plain_annotation(event)
        if not ended:
            raise APIConnectionError(message="The model's stream ended early.", request=request)


class GuardedChatCompletionsModel(OpenAIChatCompletionsModel):
    """A Chat Completions stream names its `finish_reason`, or raises `APIConnectionError`.

    Usage is asked for at every host: the SDK asks only OpenAI, and counts zero elsewhere.
    """

    async def _fetch_response(self, *args: Any, **options: Any) -> Any:
        # Overloaded in the SDK, by `stream`. Private, and the only place where the raw chunks
        # pass; tests/unit/worker/test_models.py notices when it moves.
        instructions, items, settings, *rest = args
        if settings.include_usage is None:
            settings = replace(settings, include_usage=True)
        fetched = await super()._fetch_response(instructions, items, settings, *rest, **options)
        if isinstance(fetched, ChatCompletion):
            return fetched
        response, chunks = fetched
        return response, _WholeAnswer(chunks)


def guarded(model: Model) -> Model:
    """The same model with its guard, where an app made one of the SDK's two classes itself.

    It shares the state of the one it stands for. Every other model is given back as it is.
    """
    guards: dict[type[Model], type[Model]] = {
        OpenAIResponsesModel: GuardedResponsesModel,
        OpenAIChatCompletionsModel: GuardedChatCompletionsModel,
    }
    guard = guards.get(type(model))
    if guard is None:
        return model
    twin = guard.__new__(guard)
    twin.__dict__ = model.__dict__
    return twin


class _WholeAnswer:
    """The chunks of a stream, of which one says why the model stopped."""

    def __init__(self, chunks: AsyncStream[ChatCompletionChunk]) -> None:
        self._chunks = chunks
        self.response = chunks.response

    async def __aiter__(self) -> AsyncIterator[ChatCompletionChunk]:
        finished = False
        with _connection_errors(self.response.request):
            async for chunk in self._chunks:
                finished = finished or any(choice.finish_reason for choice in chunk.choices)
                yield chunk
        if not finished:
            raise APIConnectionError(
                message="The model's stream ended without a finish reason.",
                request=self.response.request,
            )

    async def close(self) -> None:
        await self._chunks.close()


@contextmanager
def _connection_errors(request: httpx2.Request) -> Iterator[None]:
    """Errors of the HTTP library as the client's: it maps them only until a stream opens."""
    try:
        yield
    except httpx2.TimeoutException as error:
        raise APITimeoutError(request=request) from error
    except httpx2.TransportError as error:
        raise APIConnectionError(request=request) from error


def _plain_annotation(event: TResponseStreamEvent) -> TResponseStreamEvent:
    # ChatKit 1.6 validates this field against types of its own and refuses the client's class.
    if isinstance(event, ResponseOutputTextAnnotationAddedEvent):
        annotation = event.annotation
        if isinstance(annotation, BaseModel):
            return event.model_copy(update={"annotation": annotation.model_dump()})
    return event
