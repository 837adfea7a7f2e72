"""A whole answer as the Responses API streams it. Pure: the same plan and digest, the same events.

Every id is made from the digest, so an answer that is streamed again is the same answer.
"""

import json
import re
from collections.abc import Iterator
from typing import Literal, cast, get_args

from agents.items import TResponseStreamEvent
from openai.types import responses as r
from openai.types.responses import response_reasoning_item as reasoning_item
from openai.types.responses import response_reasoning_summary_part_added_event as part_added
from openai.types.responses import response_reasoning_summary_part_done_event as part_done
from openai.types.responses.response_usage import InputTokensDetails, OutputTokensDetails
from pydantic import BaseModel

from turnstream_guide.keyless_model.plans import Call, Calls, Plan, Say

DEMO_MODEL_NAME = "turnstream-demo"
_HAN = "\u3000-\u303f\u3400-\u9fff\uff00-\uffef"
TOKEN = re.compile(rf"\s*(?:[{_HAN}]{{1,2}}|[^\s{_HAN}]+)|\s+$")
"""A word with the space before it, or two Chinese characters: what a real model sends at a time."""


def stream(plan: Plan, digest: str, input_tokens: int) -> Iterator[TResponseStreamEvent]:
    """The events of the answer, from `response.created` to `response.completed`."""
    return _Answer(digest, input_tokens).events(plan)


class _Answer:
    """Numbers the events, collects the finished items and counts the tokens of one answer."""

    def __init__(self, digest: str, input_tokens: int) -> None:
        self._digest = digest
        self._input_tokens = input_tokens
        self._output_tokens = 0
        self._sequence = -1
        self._output: list[r.ResponseOutputItem] = []

    def events(self, plan: Plan) -> Iterator[TResponseStreamEvent]:
        started = self._response("in_progress")
        yield self._event(r.ResponseCreatedEvent, response=started)
        yield self._event(r.ResponseInProgressEvent, response=started)
        match plan:
            case Call():
                yield from self._call(plan, self._digest)
            case Calls(calls):
                for index, call in enumerate(calls):
                    yield from self._call(call, f"{self._digest}_{index}")
            case Say(text, thought):
                if thought:
                    yield from self._thought(thought)
                yield from self._message(text)
        ended = self._response("completed")
        yield self._event(r.ResponseCompletedEvent, response=ended)

    def _message(self, text: str) -> Iterator[TResponseStreamEvent]:
        at: dict[str, object] = {"item_id": f"msg_{self._digest}", "content_index": 0}
        yield self._added(self._message_item("in_progress"))
        empty = r.ResponseOutputText(type="output_text", text="", annotations=[])
        yield self._event(r.ResponseContentPartAddedEvent, part=empty, **self._at(at))
        for delta in self._tokens(text):
            fields: dict[str, object] = {"delta": delta, "logprobs": [], **self._at(at)}
            yield self._event(r.ResponseTextDeltaEvent, **fields)
        yield self._event(r.ResponseTextDoneEvent, text=text, logprobs=[], **self._at(at))
        full = r.ResponseOutputText(type="output_text", text=text, annotations=[])
        yield self._event(r.ResponseContentPartDoneEvent, part=full, **self._at(at))
        yield self._done(self._message_item("completed", full))

    def _thought(self, text: str) -> Iterator[TResponseStreamEvent]:
        item_id = f"rs_{self._digest}"
        at: dict[str, object] = {"item_id": item_id, "summary_index": 0}
        item = r.ResponseReasoningItem(id=item_id, type="reasoning", summary=[])
        yield self._added(item)
        empty = part_added.Part(type="summary_text", text="")
        yield self._event(r.ResponseReasoningSummaryPartAddedEvent, part=empty, **self._at(at))
        for delta in self._tokens(text):
            fields: dict[str, object] = {"delta": delta, **self._at(at)}
            yield self._event(r.ResponseReasoningSummaryTextDeltaEvent, **fields)
        yield self._event(r.ResponseReasoningSummaryTextDoneEvent, text=text, **self._at(at))
        full = part_done.Part(type="summary_text", text=text)
        yield self._event(r.ResponseReasoningSummaryPartDoneEvent, part=full, **self._at(at))
        summary = [reasoning_item.Summary(type="summary_text", text=text)]
        yield self._done(item.model_copy(update={"summary": summary}))

    def _call(self, plan: Call, name: str) -> Iterator[TResponseStreamEvent]:
        item_id = f"fc_{name}"
        at: dict[str, object] = {"item_id": item_id}
        arguments = json.dumps(dict(plan.arguments), ensure_ascii=False)
        item = r.ResponseFunctionToolCall(
            id=item_id,
            call_id=f"call_{name}",
            type="function_call",
            name=plan.tool,
            arguments="",
            status="in_progress",
        )
        yield self._added(item)
        for delta in self._tokens(arguments):
            fields: dict[str, object] = {"delta": delta, **self._at(at)}
            yield self._event(r.ResponseFunctionCallArgumentsDeltaEvent, **fields)
        fields = {"arguments": arguments, "name": plan.tool, **self._at(at)}
        yield self._event(r.ResponseFunctionCallArgumentsDoneEvent, **fields)
        yield self._done(item.model_copy(update={"arguments": arguments, "status": "completed"}))

    def _added(self, item: r.ResponseOutputItem) -> TResponseStreamEvent:
        return self._event(r.ResponseOutputItemAddedEvent, item=item, **self._at({}))

    def _done(self, item: r.ResponseOutputItem) -> TResponseStreamEvent:
        done = self._event(r.ResponseOutputItemDoneEvent, item=item, **self._at({}))
        self._output.append(item)
        return done

    def _at(self, fields: dict[str, object]) -> dict[str, object]:
        return {"output_index": len(self._output), **fields}

    def _tokens(self, text: str) -> Iterator[str]:
        for token in TOKEN.findall(text):
            self._output_tokens += 1
            yield token

    def _event(self, kind: type[BaseModel], **fields: object) -> TResponseStreamEvent:
        self._sequence += 1
        (name,) = get_args(kind.model_fields["type"].annotation)  # a Literal of one value
        event = kind(type=name, sequence_number=self._sequence, **fields)
        return cast(TResponseStreamEvent, event)

    def _message_item(
        self, status: Literal["in_progress", "completed"], *content: r.ResponseOutputText
    ) -> r.ResponseOutputMessage:
        return r.ResponseOutputMessage(
            id=f"msg_{self._digest}",
            type="message",
            role="assistant",
            status=status,
            content=list(content),
        )

    def _response(self, status: Literal["in_progress", "completed"]) -> r.Response:
        return r.Response(
            id=f"resp_{self._digest}",
            created_at=0,  # no clock: an answer that is streamed again is equal to the first
            model=DEMO_MODEL_NAME,
            object="response",
            output=list(self._output),
            status=status,
            parallel_tool_calls=False,
            tool_choice="auto",
            tools=[],
            usage=self._usage() if status == "completed" else None,
        )

    def _usage(self) -> r.ResponseUsage:
        return r.ResponseUsage(
            input_tokens=self._input_tokens,
            input_tokens_details=InputTokensDetails(cached_tokens=0, cache_write_tokens=0),
            output_tokens=self._output_tokens,
            output_tokens_details=OutputTokensDetails(reasoning_tokens=0),
            total_tokens=self._input_tokens + self._output_tokens,
        )
