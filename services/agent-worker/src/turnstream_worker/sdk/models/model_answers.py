"""Answers of a model as plain data, and the same objects again, without a check of either.

The `openai` client builds its objects of whatever a server sends: fields may be missing, null, of
another type or outside their enum, and the run goes on. What a run accepted once is built here in
the same way, so a second attempt never refuses it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from agents import Usage
from agents.usage import deserialize_usage
from openai.types.responses import Response, ResponseOutputItem
from pydantic import BaseModel, TypeAdapter
from turnstream.contracts.turns import Json

TEvent = TypeVar("TEvent", bound=BaseModel)

_USAGE: TypeAdapter[Usage] = TypeAdapter(Usage)


def response_data(response: Response) -> dict[str, object]:
    """A response as data: only what was set, under the names that the server used.

    The SDK builds the next input from what was set, so nothing may be added.
    """
    return response.to_dict(mode="json", warnings=False)


def response_from(data: Json) -> Response:
    """The response that `response_data` was made from. Raises `TypeError` for other data."""
    if not isinstance(data.get("output"), list | None):
        raise TypeError("A response has a list of outputs.")
    return Response.model_construct(**data)


def items_data(items: Sequence[ResponseOutputItem]) -> list[object]:
    """Output items as data, as `response_data` has them."""
    return [
        item.to_dict(mode="json", warnings=False) if isinstance(item, BaseModel) else item
        for item in items
    ]


def items_from(data: Sequence[object]) -> list[ResponseOutputItem]:
    """The output items that `items_data` was made from."""
    return list(response_from({"output": list(data)}).output)


def usage_data(usage: Usage) -> object:
    """A usage as data."""
    return _USAGE.dump_python(usage, mode="json", warnings=False)


def usage_from(data: object) -> Usage:
    """The usage again, or an empty one: the counts were taken in the attempt that paid."""
    try:
        return deserialize_usage(data) if isinstance(data, Mapping) else Usage()
    except (AttributeError, TypeError, ValueError):
        return Usage()


def event(kind: type[TEvent], **fields: Any) -> TEvent:
    """A stream event around objects that are not checked."""
    return kind.model_construct(**fields)
