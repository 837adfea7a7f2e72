"""Answers of models in text that every part can keep, and questions that every endpoint can read.

A proxy that cuts a stream by UTF-16 units sends the two halves of an emoji in two deltas, and a
model may write U+0000. What the run goes on with, what is recorded and what viewers see is the
storable text, so that all three are the same. See `turnstream.contracts.text`.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any, cast

import orjson
from agents.items import ModelResponse, TResponseInputItem, TResponseStreamEvent
from pydantic import BaseModel
from turnstream.contracts.text import (
    SplitCharacters,
    storable,
    storable_arguments,
    storable_value,
)

from turnstream_worker.sdk.models.event_fields import field
from turnstream_worker.sdk.models.model_proxy import ModelProxy

ModelInput = str | list[TResponseInputItem]
_TARGET = ("item_id", "output_index", "content_index", "summary_index")
"""The fields of a delta that say to which text it belongs."""


class StorableModel(ModelProxy):
    """A model in front of the app's own that asks and answers in storable text."""

    async def get_response(
        self, system_instructions: str | None, input: ModelInput, *args: Any, **options: Any
    ) -> ModelResponse:
        """A whole response."""
        instructions = system_instructions and storable(system_instructions)
        response = await self._inner.get_response(instructions, _readable(input), *args, **options)
        for item in response.output:
            _make_storable(item)
        return response

    async def stream_response(
        self, system_instructions: str | None, input: ModelInput, *args: Any, **options: Any
    ) -> AsyncIterator[TResponseStreamEvent]:
        """The events of a response. Half a character waits for its other half."""
        instructions = system_instructions and storable(system_instructions)
        stream = self._inner.stream_response(instructions, _readable(input), *args, **options)
        characters = SplitCharacters()
        async with aclosing(cast(AsyncGenerator[TResponseStreamEvent], stream)) as events:
            async for event in events:
                delta = field(event, "delta")
                if isinstance(delta, str):
                    target = (event.type, *(field(event, name) for name in _TARGET))
                    vars(event)["delta"] = characters.join(target, delta)
                else:
                    _make_storable(event)
                yield event


def _readable(asked: ModelInput) -> ModelInput:
    """The input, in storable text and without empty parts. What is fine is passed on as it is."""
    if not isinstance(asked, str) and any(map(_has_empty_part, asked)):
        asked = [_without_empty_parts(item) if _has_empty_part(item) else item for item in asked]
    try:
        if b"\\u0000" not in orjson.dumps(asked, default=str):
            return asked
    except TypeError:
        pass  # half a character, which no request can carry
    return storable_value(asked)


def _has_empty_part(item: object) -> bool:
    """True for a message of attachments only, to which ChatKit's converter adds an empty text.

    Some hosts refuse it, and then every later message of the thread.
    """
    content = item.get("content") if isinstance(item, Mapping) else None
    return isinstance(content, list) and len(content) > 1 and any(map(_is_empty, content))


def _without_empty_parts(item: TResponseInputItem) -> TResponseInputItem:
    message = dict(cast(Mapping[str, list[object]], item))
    parts = [part for part in message["content"] if not _is_empty(part)]
    return cast(TResponseInputItem, message | {"content": parts or message["content"][:1]})


def _is_empty(part: object) -> bool:
    is_text = isinstance(part, Mapping) and part.get("type") == "input_text"
    return is_text and not str(cast(Mapping[str, object], part).get("text") or "").strip()


def _make_storable(value: object) -> object:
    """The value in storable text; models are changed in place, and their set fields stay so."""
    match value:
        case None:  # most fields of a response
            return None
        case str():
            return storable(value)
        case BaseModel():
            fields = vars(value)
            for name, each in fields.items():
                fields[name] = _make_storable(each)
            if isinstance(arguments := fields.get("arguments"), str):
                fields["arguments"] = storable_arguments(arguments)
            return value
        case list():
            value[:] = map(_make_storable, value)
            return value
        case dict():
            return storable_value(value)
        case _:
            return value
