"""A recorded response as the stream of events it once was, without delay and in one piece each.

Text and thoughts come in single deltas; the run loop builds its turn from the last event, and
ChatKit's converter builds the same items from the rest.
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
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseReasoningItem,
    ResponseReasoningSummaryPartAddedEvent,
    ResponseReasoningSummaryPartDoneEvent,
    ResponseReasoningSummaryTextDeltaEvent,
    ResponseReasoningSummaryTextDoneEvent,
    ResponseStreamEvent,
    ResponseTextDeltaEvent,
    ResponseTextDoneEvent,
)


class _TextPath(TypedDict):
    """Names a part of a message."""

    item_id: str
    output_index: int
    content_index: int


class _SummaryPath(TypedDict):
    """Names a part of a reasoning's summary."""

    item_id: str
    output_index: int
    summary_index: int


def playback(response: Response) -> Iterator[ResponseStreamEvent]:
    """The events of a response that ended, in the order the API sends them."""
    numbers = count()
    empty = response.model_copy(update={"output": [], "status": "in_progress"})
    yield ResponseCreatedEvent(
        type="response.created", response=empty, sequence_number=next(numbers)
    )
    for index, item in enumerate(response.output):
        started = item.model_copy(update=_unfilled(item))
        yield ResponseOutputItemAddedEvent(
            type="response.output_item.added",
            item=started,
            output_index=index,
            sequence_number=next(numbers),
        )
        if item.type == "message":
            yield from _message(item, index, numbers)
        elif item.type == "reasoning":
            yield from _reasoning(item, index, numbers)
        yield ResponseOutputItemDoneEvent(
            type="response.output_item.done",
            item=item,
            output_index=index,
            sequence_number=next(numbers),
        )
    yield ResponseCompletedEvent(
        type="response.completed", response=response, sequence_number=next(numbers)
    )


def _unfilled(item: ResponseOutputItem) -> dict[str, object]:
    match item.type:
        case "message":
            return {"content": [], "status": "in_progress"}
        case "reasoning":
            return {"summary": []}
        case _:
            return {}


def _message(
    item: ResponseOutputMessage, index: int, numbers: "count[int]"
) -> Iterator[ResponseStreamEvent]:
    for part_index, part in enumerate(item.content):
        if part.type != "output_text":
            continue
        path: _TextPath = {
            "item_id": item.id,
            "output_index": index,
            "content_index": part_index,
        }
        begun = ResponseOutputText(type="output_text", text="", annotations=[])
        yield ResponseContentPartAddedEvent(
            type="response.content_part.added",
            part=begun,
            sequence_number=next(numbers),
            **path,
        )
        yield ResponseTextDeltaEvent(
            type="response.output_text.delta",
            delta=part.text,
            logprobs=[],
            sequence_number=next(numbers),
            **path,
        )
        yield ResponseTextDoneEvent(
            type="response.output_text.done",
            text=part.text,
            logprobs=[],
            sequence_number=next(numbers),
            **path,
        )
        yield ResponseContentPartDoneEvent(
            type="response.content_part.done",
            part=part,
            sequence_number=next(numbers),
            **path,
        )


def _reasoning(
    item: ResponseReasoningItem, index: int, numbers: "count[int]"
) -> Iterator[ResponseStreamEvent]:
    for summary_index, summary in enumerate(item.summary):
        path: _SummaryPath = {
            "item_id": item.id,
            "output_index": index,
            "summary_index": summary_index,
        }
        yield ResponseReasoningSummaryPartAddedEvent(
            type="response.reasoning_summary_part.added",
            part={"type": "summary_text", "text": ""},
            sequence_number=next(numbers),
            **path,
        )
        yield ResponseReasoningSummaryTextDeltaEvent(
            type="response.reasoning_summary_text.delta",
            delta=summary.text,
            sequence_number=next(numbers),
            **path,
        )
        yield ResponseReasoningSummaryTextDoneEvent(
            type="response.reasoning_summary_text.done",
            text=summary.text,
            sequence_number=next(numbers),
            **path,
        )
        yield ResponseReasoningSummaryPartDoneEvent(
            type="response.reasoning_summary_part.done",
            part={"type": "summary_text", "text": summary.text},
            sequence_number=next(numbers),
            **path,
        )
