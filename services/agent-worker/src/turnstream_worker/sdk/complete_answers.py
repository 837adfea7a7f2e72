"""The SDK's two model classes, made to raise an error when an answer was cut short.

A stream that breaks off raises `openai.APIConnectionError` here, whichever way it broke: that is
the class which means "try again". The SDK's own classes do otherwise: a torn socket raises an error
of the HTTP library, a Responses stream without an end looks like misbehaviour of the model, and a
Chat Completions stream of any host but OpenAI is taken for a whole answer.
"""

import copy
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import Any, cast

import httpx2
from agents import (
    AgentOutputSchemaBase,
    Handoff,
    Model,
    ModelSettings,
    ModelTracing,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Tool,
)
from agents.items import TResponseInputItem, TResponseStreamEvent
from openai import APIConnectionError, APITimeoutError, AsyncStream
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses.response_prompt_param import ResponsePromptParam

RESPONSE_ENDS = frozenset(
    {"response.completed", "response.failed", "response.incomplete", "response.error", "error"}
)


class CompleteResponsesModel(OpenAIResponsesModel):
    """A Responses stream ends with one of its end events, or raises `APIConnectionError`."""

    async def stream_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        previous_response_id: str | None = None,
        conversation_id: str | None = None,
        prompt: ResponsePromptParam | None = None,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """Stream the answer; see the class for what is promised beyond the SDK."""
        request = httpx2.Request("POST", self._client.base_url)
        ended = False
        stream = super().stream_response(
            system_instructions,
            input,
            model_settings,
            tools,
            output_schema,
            handoffs,
            tracing,
            previous_response_id,
            conversation_id,
            prompt,
        )
        with _connection_errors(request):
            async with aclosing(cast(AsyncGenerator[TResponseStreamEvent], stream)) as events:
                async for event in events:
                    ended = ended or event.type in RESPONSE_ENDS
                    yield event
        if not ended:
            raise APIConnectionError(message="The model's stream ended early.", request=request)


class CompleteChatCompletionsModel(OpenAIChatCompletionsModel):
    """A Chat Completions stream names its `finish_reason`, or raises `APIConnectionError`.

    Usage is asked for at every host: the SDK asks only OpenAI, and counts zero elsewhere.
    """

    async def _fetch_response(self, *args: Any, **options: Any) -> Any:
        # Overloaded in the SDK, by `stream`: the one method that sees the raw chunks.
        instructions, items, settings, *rest = args
        if settings.include_usage is None:
            settings = replace(settings, include_usage=True)
        fetched = await super()._fetch_response(instructions, items, settings, *rest, **options)
        if isinstance(fetched, ChatCompletion):
            return fetched
        response, chunks = fetched
        return response, _CompleteChunks(chunks)


_COMPLETE: dict[type[Model], type[Model]] = {
    OpenAIResponsesModel: CompleteResponsesModel,
    OpenAIChatCompletionsModel: CompleteChatCompletionsModel,
}


def complete_answers(model: Model) -> Model:
    """The same model, made strict, where an app made one of the SDK's two classes itself.

    The copy uses the same client. A model of any other class is given back as it is.
    """
    strict = _COMPLETE.get(type(model))
    if strict is None:
        return model
    same = copy.copy(model)
    same.__class__ = strict
    return same


class _CompleteChunks:
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
