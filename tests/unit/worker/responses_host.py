"""A Responses host that answers with any JSON, which the real client reads."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import httpx2
from openai import AsyncOpenAI

Json = dict[str, Any]
Change = Callable[[Json], object]

USAGE: Json = {
    "input_tokens": 1,
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    "output_tokens": 1,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 2,
}
REASONING: Json = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "Hm."}],
    "encrypted_content": "c2VjcmV0",
    "status": "completed",
}
MESSAGE: Json = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "Wait.", "annotations": [], "logprobs": []}],
}
CALL: Json = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "work",
    "arguments": "{}",
    "status": "completed",
}


def response(*output: Json) -> Json:
    """A whole response as OpenAI sends it."""
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1700000000,
        "model": "m",
        "status": "completed",
        "output": list(output),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": deepcopy(USAGE),
    }


class ResponsesHost:
    """Gives one answer after the other, and fails when it has no more, like a dead network."""

    def __init__(self, *answers: Json) -> None:
        self._answers = list(answers)
        self.bodies: list[bytes] = []
        """The requests, as they came."""

    def client(self) -> AsyncOpenAI:
        """A stock client of this host."""
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(self._answer))
        return AsyncOpenAI(base_url="http://host/v1", api_key="k", max_retries=0, http_client=http)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.bodies.append(request.content)
        if not self._answers:
            raise httpx2.ConnectError("the worker dies here")
        answer = self._answers.pop(0)
        if not json.loads(request.content).get("stream"):
            return httpx2.Response(200, json=answer)
        return httpx2.Response(
            200,
            headers={"Content-Type": "text/event-stream"},
            content=b"".join(_frame(event) for event in events_of(answer)),
        )


def events_of(answer: Json) -> list[Json]:
    """The events of a response; `_streamed` are items that its end leaves out."""
    answer = dict(answer)
    items = answer.pop("_streamed", None) or answer.get("output") or []
    events: list[Json] = [
        {"type": "response.created", "response": {**answer, "output": [], "status": "in_progress"}}
    ]
    for index, item in enumerate(items):
        events.append({"type": "response.output_item.added", "output_index": index, "item": item})
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    events.append({"type": "response.completed", "response": answer})
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


def _frame(event: Mapping[str, Any]) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
