"""A recorded response as the stream of events it once was, without delay and in one piece each.

Text and thoughts come in single deltas; the run loop builds its turn from the last event, and
ChatKit's converter builds the same items from the rest. Nothing is checked: a part that has another
form than the API's is in its item, as it was, and has no events of its own.
"""

from collections.abc import Iterator
from itertools import count
from typing import TypedDict

from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseContentPartAddedEvent,
    ResponseContentPartDoneEvent,
    ResponseCreatedEvent,
    ResponseOutputItem,
    ResponseOutputItemAddedEvent,
    ResponseOutputItemDoneEvent,
    ResponseOutputText,
    ResponseReasoningSummaryPartAddedEvent,
    ResponseReasoningSummaryPartDoneEvent,
    ResponseReasoningSummaryTextDeltaEvent,
    ResponseReasoningSummaryTextDoneEvent,
    ResponseStreamEvent,
    ResponseTextDeltaEvent,
    ResponseTextDoneEvent,
)
from pydantic import BaseModel

from turnstream_worker.sdk.models.model_answers import event


class _TextPath(TypedDict):
    """Names a part of a message."""

    item_id: object
    output_index: int
    content_index: int


class _SummaryPath(TypedDict):
    """Names a part of a reasoning's summary."""

    item_id: object
    output_index: int
    summary_index: int


def playback(response: Response, *, thoughts: bool = True) -> Iterator[ResponseStreamEvent]:
    """The events of a response that ended, in the order the API sends them.

    Without `thoughts` those of a reasoning are left out: they did not come at first either.
    """
    numbers = count()
    empty = response.model_copy(update={"output": [], "status": "in_progress"})
    yield event(
        ResponseCreatedEvent,
        type="response.created",
        response=empty,
        sequence_number=next(numbers),
    )
    for index, item in enumerate(response.output or ()):
        yield event(
            ResponseOutputItemAddedEvent,
            type="response.output_item.added",
            item=_unfilled(item),
            output_index=index,
            sequence_number=next(numbers),
        )
        if thoughts or getattr(item, "type", None) != "reasoning":
            yield from _filling(item, index, numbers)
        yield event(
            ResponseOutputItemDoneEvent,
            type="response.output_item.done",
            item=item,
            output_index=index,
            sequence_number=next(numbers),
        )
    yield event(
        ResponseCompletedEvent,
        type="response.completed",
        response=response,
        sequence_number=next(numbers),
    )


def _unfilled(item: ResponseOutputItem) -> ResponseOutputItem:
    """The item as it was when it began."""
    if not isinstance(item, BaseModel):
        return item
    match item.type:
        case "message":
            return item.model_copy(update={"content": [], "status": "in_progress"})
        case "reasoning":
            return item.model_copy(update={"summary": []})
        case _:
            return item.model_copy()


def _filling(
    item: ResponseOutputItem, index: int, numbers: "count[int]"
) -> Iterator[ResponseStreamEvent]:
    kind, item_id = getattr(item, "type", None), getattr(item, "id", None)
    if kind == "message":
        for part_index, part in enumerate(_parts(item, "content")):
            path: _TextPath = {
                "item_id": item_id,
                "output_index": index,
                "content_index": part_index,
            }
            yield from _text(part, path, numbers)
    elif kind == "reasoning":
        for part_index, part in enumerate(_parts(item, "summary")):
            summary: _SummaryPath = {
                "item_id": item_id,
                "output_index": index,
                "summary_index": part_index,
            }
            yield from _summary(part, summary, numbers)


def _parts(item: ResponseOutputItem, name: str) -> list[object]:
    parts = getattr(item, name, None)
    return parts if isinstance(parts, list) else []


def _text(part: object, path: _TextPath, numbers: "count[int]") -> Iterator[ResponseStreamEvent]:
    text = getattr(part, "text", None)
    if getattr(part, "type", None) != "output_text" or not isinstance(text, str):
        return
    begun = ResponseOutputText(type="output_text", text="", annotations=[])
    yield event(
        ResponseContentPartAddedEvent,
        type="response.content_part.added",
        part=begun,
        sequence_number=next(numbers),
        **path,
    )
    yield event(
        ResponseTextDeltaEvent,
        type="response.output_text.delta",
        delta=text,
        logprobs=[],
        sequence_number=next(numbers),
        **path,
    )
    yield event(
        ResponseTextDoneEvent,
        type="response.output_text.done",
        text=text,
        logprobs=[],
        sequence_number=next(numbers),
        **path,
    )
    yield event(
        ResponseContentPartDoneEvent,
        type="response.content_part.done",
        part=part,
        sequence_number=next(numbers),
        **path,
    )


def _summary(
    part: object, path: _SummaryPath, numbers: "count[int]"
) -> Iterator[ResponseStreamEvent]:
    text = getattr(part, "text", None)
    if not isinstance(text, str):
        return
    yield event(
        ResponseReasoningSummaryPartAddedEvent,
        type="response.reasoning_summary_part.added",
        part={"type": "summary_text", "text": ""},
        sequence_number=next(numbers),
        **path,
    )
    yield event(
        ResponseReasoningSummaryTextDeltaEvent,
        type="response.reasoning_summary_text.delta",
        delta=text,
        sequence_number=next(numbers),
        **path,
    )
    yield event(
        ResponseReasoningSummaryTextDoneEvent,
        type="response.reasoning_summary_text.done",
        text=text,
        sequence_number=next(numbers),
        **path,
    )
    yield event(
        ResponseReasoningSummaryPartDoneEvent,
        type="response.reasoning_summary_part.done",
        part={"type": "summary_text", "text": text},
        sequence_number=next(numbers),
        **path,
    )
