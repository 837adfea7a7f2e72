"""`RunState`, made to load whatever it saved.

A run takes a model's answer without a check, and pauses with it. The SDK checks when it loads the
run: it refuses an answer with a status of its host's own, drops a reasoning without a summary, and
forgets a call that fails, so that it never runs after its approval. Here what fails the check is
built without one, as the run had it.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any, cast

from agents import ModelResponse, run_state
from openai.types.responses import (
    ResponseComputerToolCall,
    ResponseCustomToolCall,
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseReasoningItem,
)
from openai.types.responses.response_output_item import McpListTools
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError
from turnstream.contracts.turns import Json

from turnstream_worker.sdk.models.model_answers import items_from, usage_from

_CHECKED: tuple[type[BaseModel], ...] = (
    McpListTools,
    ResponseComputerToolCall,
    ResponseCustomToolCall,
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseReasoningItem,
)
"""Classes of items that the loader builds by name."""

_loader: Any = run_state
_copy_call: Callable[[object], object] = _loader._copy_tool_approval_raw_item
_load_message: Callable[[Json], object] = _loader._deserialize_message_output_item


def load_paused_states() -> None:
    """Let `RunState.from_json` and `from_string` load such runs. A second call changes nothing."""
    for kind in _CHECKED:
        setattr(_loader, kind.__name__, _UncheckedClass(kind))
    _loader._copy_tool_approval_raw_item = _copied
    _loader._deserialize_message_output_item = _message
    _loader._deserialize_model_responses = _responses


class _UncheckedClass:
    """Stands for a class in the loader: builds its objects without a check when one fails."""

    def __init__(self, kind: type[BaseModel]) -> None:
        self._kind = kind

    def __call__(self, **data: object) -> BaseModel:
        return self.model_validate(data)

    def __getattr__(self, name: str) -> object:
        given: object = getattr(self._kind, name)
        return given

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, self._kind)

    def model_validate(self, data: Json, **options: Any) -> BaseModel:
        """As the class's own, which raises for such data."""
        try:
            return self._kind.model_validate(data, **options)
        except ValidationError:
            return self._kind.model_construct(**data)


def _copied(call: object) -> object:
    """A copy of a call that waits. The SDK's own way checks it too."""
    try:
        return _copy_call(call)
    except (ValidationError, PydanticSerializationError):
        return copy.deepcopy(call)


def _message(data: Json) -> object:
    """A message of any form. The loader's own repairs those that the SDK itself writes."""
    if isinstance(data.get("content"), str):
        return _load_message(data)
    return _loader.ResponseOutputMessage.model_validate(data)


def _responses(responses: Sequence[Json]) -> list[ModelResponse]:
    """The model's answers of a run, whatever items they have."""
    return [_response(data) for data in responses]


def _response(data: Json) -> ModelResponse:
    response = ModelResponse(
        output=[],
        usage=usage_from(data.get("usage")),
        response_id=data.get("response_id"),
        request_id=data.get("request_id"),
    )
    response.output = items_from(cast(list[object], data["output"]))
    return response
