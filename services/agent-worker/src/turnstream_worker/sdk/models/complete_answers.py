"""The SDK's two model classes, which read dialects here, and raise where an answer has no end.

A stream that breaks off raises `openai.APIConnectionError` here, whichever way it broke: that is
the class which means "try again". The SDK's own classes do otherwise: a torn socket raises an error
of the HTTP library, a Responses stream without an end looks like misbehaviour of the model, and a
Chat Completions stream of any host but OpenAI is taken for a whole answer.
"""

import copy
from dataclasses import replace
from functools import cache
from typing import Any

from agents import Model, OpenAIChatCompletionsModel, OpenAIResponsesModel
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

from turnstream_worker.sdk.models.normalized_answers import (
    normalized_completion,
    normalized_response,
)
from turnstream_worker.sdk.models.normalized_streams import MendedChunks, NormalizedEvents


class CompleteResponsesModel(OpenAIResponsesModel):
    """A Responses stream ends with `response.completed`, or raises.

    What it raises is `APIConnectionError` for a stream without an end, and a class of
    `dialects.errors` for one that says what went wrong.
    """

    async def _fetch_response(self, *args: Any, **options: Any) -> Any:
        # Overloaded in the SDK, by `stream`: the one method that sees the stream as it comes.
        fetched: Any = await super()._fetch_response(*args, **options)
        if isinstance(fetched, Response):
            return normalized_response(fetched)
        stream = getattr(fetched, "_source", None)
        if isinstance(stream, AsyncStream):
            fetched._source = NormalizedEvents(stream.response)
        return fetched


class CompleteChatCompletionsModel(OpenAIChatCompletionsModel):
    """A Chat Completions stream comes to its end, or raises as a Responses stream does.

    Usage is asked for at every host: the SDK asks only OpenAI, and counts zero elsewhere.
    """

    async def _fetch_response(self, *args: Any, **options: Any) -> Any:
        # Overloaded in the SDK, by `stream`: the one method that sees the raw chunks.
        instructions, items, settings, *rest = args
        if settings.include_usage is None:
            settings = replace(settings, include_usage=True)
        fetched: Any = await super()._fetch_response(
            instructions, items, settings, *rest, **options
        )
        if isinstance(fetched, ChatCompletion):
            return normalized_completion(fetched)
        answer, stream = fetched
        if isinstance(stream, AsyncStream):
            stream = MendedChunks(stream.response)
        return answer, stream


def host_of(model: Model) -> str:
    """Host and port of the server that a model asks; empty where it is not known."""
    client = getattr(model, "_client", None)
    return client.base_url.netloc.decode() if isinstance(client, AsyncOpenAI) else ""


@cache
def _complete(kind: type[Model]) -> type[Model] | None:
    """The same class with our reading of answers; None for a class of another maker."""
    for strict in (CompleteResponsesModel, CompleteChatCompletionsModel):
        if issubclass(kind, strict):
            return kind
        if kind is strict.__base__:
            return strict
        if issubclass(kind, strict.__bases__[0]):
            return type(f"Complete{kind.__name__}", (strict, kind), {"__module__": __name__})
    return None


def complete_answers(model: Model) -> Model:
    """The same model, made strict, where an app made one of the SDK's two classes itself.

    The copy uses the same client. A model of any other class is given back as it is.
    """
    strict = _complete(type(model))
    if strict is None or strict is type(model):
        return model
    same = copy.copy(model)
    same.__class__ = strict
    return same
