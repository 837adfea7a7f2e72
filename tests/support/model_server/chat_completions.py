"""The Chat Completions API: `data:` chunks that end with `[DONE]`, or one JSON completion."""

import time
from collections.abc import Iterator
from typing import Any

from .frame import Frame, deltas, input_tokens, joined, new_id, pieces, sse
from .request import ModelRequest
from .steps import Citation, Control, Fail, Reasoning, Refusal, Step, Text, ToolCall


class ChatAnswer:
    """One step as a chat completion; reasoning travels as `reasoning_content`."""

    def __init__(self, step: Step, request: ModelRequest) -> None:
        self._step = step
        self._request = request
        self._id = new_id("chatcmpl")
        self._created = int(time.time())
        self._calls: list[dict[str, Any]] = []
        self._completion_tokens = 0

    def frames(self) -> Iterator[Frame | Control]:
        yield self._chunk({"role": "assistant", "content": ""})
        for part in self._step.parts:
            if isinstance(part, Text):
                yield from self._deltas("content", part)
                if part.citations:
                    yield self._chunk({"annotations": _annotations(part.citations)})
            elif isinstance(part, Refusal):
                yield from self._deltas("refusal", part)
            elif isinstance(part, Reasoning):
                yield from self._deltas("reasoning_content", part)
            elif isinstance(part, ToolCall):
                yield from self._tool_call(part)
            else:
                yield part
        yield self._chunk({}, finish_reason=self._finish_reason())
        if (self._request.body.get("stream_options") or {}).get("include_usage"):
            usage = self._base("chat.completion.chunk") | {
                "choices": [],
                "usage": self._usage(),
            }
            yield Frame(sse(usage))
        yield Frame(b"data: [DONE]\n\n", terminal=True)

    def whole(self) -> dict[str, Any]:
        parts = self._step.parts
        message: dict[str, Any] = {
            "role": "assistant",
            "content": "".join(joined(p.chunks) for p in parts if isinstance(p, Text)) or None,
            "refusal": "".join(joined(p.chunks) for p in parts if isinstance(p, Refusal)) or None,
        }
        thought = "".join(joined(p.chunks) for p in parts if isinstance(p, Reasoning))
        if thought:
            message["reasoning_content"] = thought
        if self._calls:
            message["tool_calls"] = self._calls
        citations = [c for p in parts if isinstance(p, Text) for c in p.citations]
        if citations:
            message["annotations"] = _annotations(tuple(citations))
        choice = {
            "index": 0,
            "message": message,
            "finish_reason": self._finish_reason(),
        }
        return self._base("chat.completion") | {
            "choices": [choice | {"logprobs": None}],
            "usage": self._usage(),
        }

    def failed(self, fail: Fail) -> Frame:
        error = {
            "message": fail.message,
            "type": fail.code,
            "code": fail.code,
            "param": None,
        }
        return Frame(sse({"error": error}), terminal=True)

    def _deltas(self, key: str, part: Text | Refusal | Reasoning) -> Iterator[Frame | Control]:
        for chunk in deltas(part.chunks, part.delay):
            if isinstance(chunk, str):
                self._completion_tokens += 1
                yield self._chunk({key: chunk}, delta_frame=True)
            else:
                yield chunk

    def _tool_call(self, call: ToolCall) -> Iterator[Frame]:
        index = len(self._calls)
        call_id = call.call_id or new_id("call")
        whole = {"name": call.name, "arguments": call.arguments}
        self._calls.append({"id": call_id, "type": "function", "function": whole})
        function = {"name": call.name, "arguments": ""}
        opening = {
            "index": index,
            "id": call_id,
            "type": "function",
            "function": function,
        }
        yield self._chunk({"tool_calls": [opening]})
        for piece in pieces(call.arguments):
            self._completion_tokens += 1
            more = {"index": index, "function": {"arguments": piece}}
            yield self._chunk({"tool_calls": [more]}, delta_frame=True)

    def _chunk(
        self,
        delta: dict[str, Any],
        *,
        finish_reason: str | None = None,
        delta_frame: bool = False,
    ) -> Frame:
        choice = {
            "index": 0,
            "delta": delta,
            "logprobs": None,
            "finish_reason": finish_reason,
        }
        data = self._base("chat.completion.chunk") | {"choices": [choice]}
        return Frame(sse(data), delta=delta_frame)

    def _finish_reason(self) -> str:
        if self._step.finish == "stop" and self._calls:
            return "tool_calls"
        return self._step.finish

    def _base(self, kind: str) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": kind,
            "created": self._created,
            "model": self._request.model,
        }

    def _usage(self) -> dict[str, Any]:
        asked = input_tokens(self._request)
        return {
            "prompt_tokens": asked,
            "completion_tokens": self._completion_tokens,
            "total_tokens": asked + self._completion_tokens,
        }


def _annotations(citations: tuple[Citation, ...]) -> list[dict[str, Any]]:
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "url": citation.url,
                "title": citation.title,
                "start_index": citation.start,
                "end_index": citation.end,
            },
        }
        for citation in citations
    ]
