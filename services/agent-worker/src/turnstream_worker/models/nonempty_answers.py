"""An empty answer is requested once more; a second one is an error.

Small models and Gemini end an answer now and then without a word
(google-gemini/gemini-cli#7851, ollama/ollama#11990). Stock ChatKit shows nothing, and the user
waits for an answer that is complete.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, cast

from agents import Model
from agents.items import ModelResponse, TResponseInputItem, TResponseStreamEvent
from openai.types.responses import (
    ResponseOutputItem,
)

from turnstream_worker.attempt import Attempt
from turnstream_worker.dialects.errors import EmptyAnswer
from turnstream_worker.sdk.models.model_proxy import ModelProxy

TRIES = 2
"""Requests to a model that answers nothing."""
_CLIENTS = ("agents", "turnstream_worker")
"""The packages whose model classes pass on what a server says."""
_OPENINGS = frozenset({"response.created", "response.in_progress", "response.queued"})


class NonEmptyAnswers(ModelProxy):
    """A model whose streamed answers are not empty.

    After a tool an answer may be empty, as the tool may have shown everything. The attempt notes
    it, and its end decides. An app's own model class may be empty there on purpose.
    """

    def __init__(self, inner: Model, attempt: Attempt, *, of_app: bool = False) -> None:
        super().__init__(inner)
        self._attempt = attempt
        self._of_app = of_app

    async def get_response(self, *args: Any, **options: Any) -> ModelResponse:
        """A whole response: the app reads it, and decides itself what an empty one means."""
        response = await self._inner.get_response(*args, **options)
        self._note(silent=not any(map(has_content, response.output)))
        return response

    async def stream_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        *args: Any,
        **options: Any,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """The events of an answer. Raises `EmptyAnswer`."""
        may_be_silent = _answers_tools(input)
        once = may_be_silent or options.get("conversation_id") is not None
        for number in range(1 if once else TRIES):
            answer = _Answer()
            stream = self._inner.stream_response(system_instructions, input, *args, **options)
            async with aclosing(cast(AsyncGenerator[TResponseStreamEvent], stream)) as events:
                async for event in events:
                    answer.note(event)
                    if answer.is_empty and not may_be_silent:
                        break  # its end is not passed on
                    if not (number and event.type in _OPENINGS):
                        yield event
            self._note(silent=answer.is_empty)
            if not answer.is_empty or may_be_silent:
                return
            if answer.began:
                break
        raise EmptyAnswer("The model ended its answer and said nothing.")

    def _note(self, *, silent: bool) -> None:
        self._attempt.answer_was_empty = silent and not self._of_app


class _Answer:
    """What is known of an answer while it comes."""

    def __init__(self) -> None:
        self.is_empty = False
        """True once the answer has ended and said nothing."""
        self.began = False
        """True once the consumer was told of an item."""
        self._has_content = False

    def note(self, event: TResponseStreamEvent) -> None:
        """Note an event."""
        match event.type:
            case "response.output_item.added":
                self.began = True
            case "response.output_item.done":
                self._has_content = self._has_content or has_content(event.item)
            case "response.completed":
                self.is_empty = not self._has_content and not any(
                    map(has_content, event.response.output)
                )


def is_of_app(model: Model) -> bool:
    """True for a model of a class that an app wrote, which is no client of the SDK's."""
    return type(model).__module__.partition(".")[0] not in _CLIENTS


def has_content(item: ResponseOutputItem) -> bool:
    """True for an item that is more than thoughts or blank text: an answer holds one."""
    if item.type != "message":
        return item.type != "reasoning"
    texts = (part.text if part.type == "output_text" else part.refusal for part in item.content)
    return any(text.strip() for text in texts)


def _answers_tools(asked: str | list[TResponseInputItem]) -> bool:
    """True for a request that brings a tool's result."""
    return not isinstance(asked, str) and str(asked[-1].get("type")).endswith("_output")
