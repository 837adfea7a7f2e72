"""A model that says what a test has written."""

import json
from collections import deque
from collections.abc import AsyncIterator, Sequence
from itertools import count
from typing import Any, NamedTuple

from agents import ModelResponse, TResponseInputItem, Usage
from agents.items import TResponseStreamEvent
from agents.models.interface import Model
from openai.types.responses import (
    Response,
    ResponseFunctionToolCall,
    ResponseOutputItem,
    ResponseOutputMessage,
    ResponseOutputText,
)

from turnstream_worker.replay.models.playback import playback

_NAME = "scripted"


class ModelCall(NamedTuple):
    """What the model was asked, once."""

    instructions: str | None
    input: list[TResponseInputItem]
    tools: list[str]
    """The names of the tools that it may call, and of the agents that it may hand over to."""


def says(text: str) -> ResponseOutputItem:
    """A message of the model."""
    content = [ResponseOutputText(type="output_text", text=text, annotations=[])]
    return ResponseOutputMessage(
        id="", type="message", role="assistant", status="completed", content=list(content)
    )


def calls(tool: str, **arguments: Any) -> ResponseOutputItem:
    """A call of a tool. A handoff is a call of `transfer_to_<agent>`."""
    return ResponseFunctionToolCall(
        type="function_call", call_id="", name=tool, arguments=json.dumps(arguments)
    )


class ScriptedModel(Model):
    """Gives one answer after the other: an item, or several that come in one response.

    `asked` has what it was asked. Raises `AssertionError` when it is asked more often than the test
    has written answers: the turn fails with it.
    """

    def __init__(self, *answers: ResponseOutputItem | Sequence[ResponseOutputItem]) -> None:
        self.model = _NAME
        self.asked: list[ModelCall] = []
        self._answers: deque[list[ResponseOutputItem]] = deque()
        self.add(*answers)
        self._numbers = count(1)

    def add(self, *answers: ResponseOutputItem | Sequence[ResponseOutputItem]) -> None:
        """Let it give these, after those that it has."""
        for each in answers:
            self._answers.append(list(each) if isinstance(each, Sequence) else [each])

    async def get_response(self, *asked: Any, **options: Any) -> ModelResponse:
        """The next answer, whole."""
        output = self._answer(*asked)
        return ModelResponse(output=output, usage=Usage(requests=1), response_id=None)

    async def stream_response(
        self, *asked: Any, **options: Any
    ) -> AsyncIterator[TResponseStreamEvent]:
        """The next answer as the events of a stream; a text comes in one piece."""
        output = self._answer(*asked)
        response = Response(
            id=f"resp_{next(self._numbers)}",
            created_at=0,
            model=_NAME,
            object="response",
            output=output,
            parallel_tool_calls=True,
            tool_choice="auto",
            tools=[],
        )
        for event in playback(response):
            yield event

    def _answer(
        self, instructions: str | None, given: str | list[TResponseInputItem], *more: Any
    ) -> list[ResponseOutputItem]:
        _settings, tools, _schema, handoffs, *_ = more
        items: list[TResponseInputItem] = (
            [{"role": "user", "content": given}] if isinstance(given, str) else list(given)
        )
        names = [getattr(each, "tool_name", None) or each.name for each in [*tools, *handoffs]]
        self.asked.append(ModelCall(instructions, items, names))
        if not self._answers:
            raise AssertionError(f"The model was asked once more than it has answers: {items[-1:]}")
        return [self._numbered(each) for each in self._answers.popleft()]

    def _numbered(self, item: ResponseOutputItem) -> ResponseOutputItem:
        number = next(self._numbers)
        if isinstance(item, ResponseFunctionToolCall):
            return item.model_copy(update={"id": f"fc_{number}", "call_id": f"call_{number}"})
        return item.model_copy(update={"id": f"msg_{number}"})
