"""The Responses API: named SSE events with rising sequence numbers, or one JSON response."""

import time
from collections.abc import Iterator
from typing import Any

from .frame import Frame, deltas, input_tokens, joined, new_id, pieces, sse
from .request import ModelRequest
from .steps import Citation, Control, Fail, Reasoning, Refusal, Step, Text, ToolCall

INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


class ResponsesAnswer:
    """One step as a Response."""

    def __init__(self, step: Step, request: ModelRequest) -> None:
        self._step = step
        self._request = request
        self._id = new_id("resp")
        self._created_at = int(time.time())
        self._sequence = 0
        self._output: list[dict[str, Any]] = []
        self._output_tokens = 0

    def frames(self) -> Iterator[Frame | Control]:
        yield self._event("response.created", response=self._response("in_progress"))
        yield self._event("response.in_progress", response=self._response("in_progress"))
        for part in self._step.parts:
            if isinstance(part, Text | Refusal):
                yield from self._message(part)
            elif isinstance(part, Reasoning):
                yield from self._reasoning(part)
            elif isinstance(part, ToolCall):
                yield from self._function_call(part)
            else:
                yield part
        status = "completed" if self._step.finish == "stop" else "incomplete"
        yield self._event(f"response.{status}", terminal=True, response=self._response(status))

    def whole(self) -> dict[str, Any]:
        return self._response("completed" if self._step.finish == "stop" else "incomplete")

    def failed(self, fail: Fail) -> Frame:
        response = self._response("failed")
        response["error"] = {"code": fail.code, "message": fail.message}
        return self._event("response.failed", terminal=True, response=response)

    def _message(self, part: Text | Refusal) -> Iterator[Frame | Control]:
        kind, key = ("output_text", "text") if isinstance(part, Text) else ("refusal", "refusal")
        shape: dict[str, Any] = {"type": kind, key: ""}
        if isinstance(part, Text):
            shape |= {"annotations": [], "logprobs": []}
        item: dict[str, Any] = {
            "type": "message",
            "id": new_id("msg"),
            "role": "assistant",
        }
        where: dict[str, Any] = {
            "item_id": item["id"],
            "output_index": len(self._output),
            "content_index": 0,
        }
        logprobs: dict[str, Any] = {"logprobs": []} if isinstance(part, Text) else {}
        yield self._added(item | {"status": "in_progress", "content": []})
        yield self._event("response.content_part.added", **where, part=shape)
        for chunk in deltas(part.chunks, part.delay):
            if isinstance(chunk, str):
                yield self._delta(f"response.{kind}.delta", chunk, **where, **logprobs)
            else:
                yield chunk
        citations = part.citations if isinstance(part, Text) else ()
        for index, citation in enumerate(citations):
            note: dict[str, Any] = {
                "annotation_index": index,
                "annotation": url_citation(citation),
            }
            yield self._event("response.output_text.annotation.added", **where, **note)
        full = shape | {key: joined(part.chunks)}
        if citations:
            full["annotations"] = [url_citation(citation) for citation in citations]
        yield self._event(f"response.{kind}.done", **where, **{key: full[key]}, **logprobs)
        yield self._event("response.content_part.done", **where, part=full)
        yield self._done(item | {"status": "completed", "content": [full]})

    def _reasoning(self, part: Reasoning) -> Iterator[Frame | Control]:
        item: dict[str, Any] = {"type": "reasoning", "id": new_id("rs")}
        where: dict[str, Any] = {
            "item_id": item["id"],
            "output_index": len(self._output),
            "summary_index": 0,
        }
        text = joined(part.chunks)
        summary = {"type": "summary_text", "text": text}
        name = "response.reasoning_summary_"
        yield self._added(item | {"summary": []})
        yield self._event(f"{name}part.added", **where, part=summary | {"text": ""})
        for chunk in deltas(part.chunks, part.delay):
            if isinstance(chunk, str):
                yield self._delta(f"{name}text.delta", chunk, **where)
            else:
                yield chunk
        yield self._event(f"{name}text.done", **where, text=text)
        yield self._event(f"{name}part.done", **where, part=summary)
        yield self._done(item | {"summary": [summary]})

    def _function_call(self, call: ToolCall) -> Iterator[Frame | Control]:
        item = {
            "type": "function_call",
            "id": new_id("fc"),
            "call_id": call.call_id or new_id("call"),
            "name": call.name,
        }
        where: dict[str, Any] = {
            "item_id": item["id"],
            "output_index": len(self._output),
        }
        name = "response.function_call_arguments"
        yield self._added(item | {"arguments": "", "status": "in_progress"})
        for piece in pieces(call.arguments):
            yield self._delta(f"{name}.delta", piece, **where)
        yield self._event(f"{name}.done", **where, name=call.name, arguments=call.arguments)
        yield self._done(item | {"arguments": call.arguments, "status": "completed"})

    def _added(self, item: dict[str, Any]) -> Frame:
        index = len(self._output)
        return self._event("response.output_item.added", output_index=index, item=item)

    def _done(self, item: dict[str, Any]) -> Frame:
        index = len(self._output)
        self._output.append(item)
        return self._event("response.output_item.done", output_index=index, item=item)

    def _delta(self, event: str, delta: str, **fields: Any) -> Frame:
        self._output_tokens += 1
        return self._event(event, delta_frame=True, delta=delta, **fields)

    def _event(
        self,
        event: str,
        *,
        delta_frame: bool = False,
        terminal: bool = False,
        **fields: Any,
    ) -> Frame:
        data = {"type": event, "sequence_number": self._sequence, **fields}
        self._sequence += 1
        return Frame(sse(data, event), delta=delta_frame, terminal=terminal)

    def _response(self, status: str) -> dict[str, Any]:
        body = self._request.body
        ended = status != "in_progress"
        reason = INCOMPLETE.get(self._step.finish) if status == "incomplete" else None
        return {
            "id": self._id,
            "object": "response",
            "created_at": self._created_at,
            "status": status,
            "error": None,
            "incomplete_details": {"reason": reason} if reason else None,
            "instructions": body.get("instructions"),
            "metadata": {},
            "model": self._request.model,
            "output": list(self._output),
            "parallel_tool_calls": bool(body.get("parallel_tool_calls", True)),
            "temperature": body.get("temperature"),
            "tool_choice": body.get("tool_choice", "auto"),
            "tools": body.get("tools") or [],
            "top_p": body.get("top_p"),
            "usage": self._usage() if ended else None,
        }

    def _usage(self) -> dict[str, Any]:
        asked = input_tokens(self._request)
        return {
            "input_tokens": asked,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": self._output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": asked + self._output_tokens,
        }


def url_citation(citation: Citation) -> dict[str, Any]:
    return {
        "type": "url_citation",
        "url": citation.url,
        "title": citation.title,
        "start_index": citation.start,
        "end_index": citation.end,
    }
