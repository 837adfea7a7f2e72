"""An answer that is not streamed is read as leniently as one that is."""

import json
from typing import Any

import pytest
from agents import Agent, Runner
from turnstream_worker.dialects.errors import (
    AnswerFault,
    ContentRefused,
    CutByLength,
    UnreadableAnswer,
    UpstreamFault,
)
from turnstream_worker.models import ModelSettings, WorkerModels

from tests.support.model_server import ModelServer, always, text
from tests.support.model_server.dialects.dialect import Dialect, HttpAnswer

COMPLETION = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
RESPONSE = {
    "id": "r",
    "object": "response",
    "created_at": 1,
    "model": "m",
    "tools": [],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
}


async def said(api: Any, body: dict[str, Any]) -> str:
    """What a run reads of this body."""
    answer = HttpAnswer(body=json.dumps(body).encode())
    async with ModelServer(always(text("not sent"))) as server:
        server.dialect_for = lambda _: Dialect("raw", "", "", refuse=lambda _: answer)
        models = WorkerModels(ModelSettings(openai_base_url=server.base_url, model_api=api))
        try:
            result = await Runner.run(Agent(name="a", model=models.get_model("m")), "hi")
        finally:
            await models.aclose()
    return str(result.final_output)


@pytest.mark.parametrize(
    "choice",
    [
        {"message": {"content": "Hello."}},
        {"index": 1, "message": {"role": "model", "content": "Hello."}, "finish_reason": "eos"},
        {"index": 0, "message": {"content": [{"type": "text", "text": "Hello."}]}},
        {"index": 0, "delta": {"content": "Hello."}, "finish_reason": "stop"},
        {"index": 0, "text": "Hello.", "finish_reason": "stop"},
    ],
)
async def test_a_completion_in_another_shape_is_read(choice: dict[str, Any]) -> None:
    usage = {"prompt_tokens": 1.5, "completion_tokens": "2"}

    assert await said("chat_completions", {**COMPLETION, "choices": [choice], "usage": usage}) == (
        "Hello."
    )


async def test_a_completion_without_usage_may_say_of_no_end() -> None:
    """As a whole answer it has ended, and anyone who sends no usage may leave out the reason,
    too.
    """
    choice = {"index": 0, "delta": {"role": "assistant", "content": "Hello."}}
    assert await said("chat_completions", {**COMPLETION, "choices": [choice]}) == "Hello."


@pytest.mark.parametrize(
    "item",
    [
        {"type": "message", "content": [{"type": "output_text", "text": "Hello."}]},
        {"type": "message", "content": [{"type": "text", "text": "Hello.", "annotations": None}]},
        {"role": "assistant", "content": "Hello."},
    ],
)
async def test_a_response_in_another_shape_is_read(item: dict[str, Any]) -> None:
    """Items of kinds that nobody here knows are left out."""
    output = [{"type": "x_search_call", "id": "x"}, {"id": "msg_1", **item}]

    assert await said("responses", {**RESPONSE, "output": output}) == "Hello."


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"error": {"message": "no", "code": 502}}, UpstreamFault),
        ({"object": "error", "message": "no", "code": 40303}, UpstreamFault),
        ({"errors": [{"code": 7003, "message": "no"}], "success": False}, UpstreamFault),
        ({"choices": [{"message": {"content": "I"}, "finish_reason": "error"}]}, UpstreamFault),
        ({"choices": [{"message": {}, "finish_reason": "SAFETY"}]}, ContentRefused),
        ({"choices": [{"message": {}, "finish_reason": "max_tokens"}]}, CutByLength),
        ({"detail": "Internal Server Error"}, UnreadableAnswer),
    ],
)
async def test_a_failure_inside_a_status_of_200_is_a_failure(
    body: dict[str, Any], fault: type[AnswerFault]
) -> None:
    with pytest.raises(fault):
        await said("chat_completions", body)
