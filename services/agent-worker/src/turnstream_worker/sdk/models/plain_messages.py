"""What an assistant said earlier, in the one form that both of OpenAI's APIs take.

ChatKit's converter and the SDK's `RunState` write an answer as `output_text` parts. The Responses
API takes those; the SDK refuses to convert them for Chat Completions, so that every second message
of a thread, and every approval in one, would fail. A plain string is good in both.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from agents import ModelResponse, TResponseInputItem
from agents.items import TResponseStreamEvent
from openai.types.responses import EasyInputMessageParam

from turnstream_worker.sdk.models.model_proxy import ModelProxy

_OUTPUT_PARTS = {"output_text", "refusal"}

Input = str | list[TResponseInputItem]


class PlainMessagesModel(ModelProxy):
    """A model whose input has earlier answers as plain text, from wherever they come."""

    async def get_response(
        self, system_instructions: str | None, input: Input, *args: Any, **options: Any
    ) -> ModelResponse:
        """Part of a model."""
        return await self._inner.get_response(
            system_instructions, plain_messages(input), *args, **options
        )

    def stream_response(
        self, system_instructions: str | None, input: Input, *args: Any, **options: Any
    ) -> AsyncIterator[TResponseStreamEvent]:
        """Part of a model."""
        return self._inner.stream_response(
            system_instructions, plain_messages(input), *args, **options
        )


def plain_messages(input: Input) -> Input:
    """The input, with what assistants said as plain text where the SDK would not take it.

    A message without text is left out: some hosts refuse an empty one.
    """
    if isinstance(input, str):
        return input
    messages: list[TResponseInputItem] = []
    for item in input:
        if not _needs_it(item):
            messages.append(item)
        elif plain := _plain(item):
            messages.append(plain)
    return messages


def _needs_it(item: object) -> bool:
    """True for an assistant's message that is neither a plain one nor an output of a model."""
    if not isinstance(item, Mapping) or item.get("role") != "assistant":
        return False
    content = item.get("content")
    if isinstance(content, str):
        return bool({"id", "status"} & item.keys())
    parts = content if isinstance(content, list) else []
    return "id" not in item or not all(_kind(part) in _OUTPUT_PARTS for part in parts)


def _plain(item: Mapping[str, object]) -> EasyInputMessageParam | None:
    content = item.get("content")
    parts = [content] if isinstance(content, str) else content
    texts = [_text(part) for part in parts] if isinstance(parts, list) else []
    text = "\n".join(text for text in texts if text)
    if not text:
        return None
    plain = EasyInputMessageParam(type="message", role="assistant", content=text)
    if item.get("phase"):
        plain["phase"] = item["phase"]  # type: ignore[typeddict-item]  # whatever the server said
    return plain


def _kind(part: object) -> object:
    return part.get("type") if isinstance(part, Mapping) else None


def _text(part: object) -> str:
    if isinstance(part, Mapping):
        part = part.get("text") or part.get("refusal")
    return part if isinstance(part, str) else ""
