"""What was said earlier reaches a model in a form that both APIs take, from wherever it comes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from agents import Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, UserError
from agents.models.chatcmpl_converter import Converter
from chatkit.agents import simple_to_agent_input
from chatkit.types import AssistantMessageContent, AssistantMessageItem
from turnstream_worker.sdk.models.plain_messages import plain_messages

from tests.support.model_server import ModelServer, always, text
from tests.support.openai_client import openai_client

pytestmark = pytest.mark.usefixtures("journaled")

PLAIN = {"type": "message", "role": "assistant", "content": "Hello.\nAnd welcome."}
PARTS = [{"type": "output_text", "text": "Hello."}, {"type": "output_text", "text": "And welcome."}]


def answer(*texts: str) -> AssistantMessageItem:
    """An answer as a thread keeps it."""
    return AssistantMessageItem(
        id="msg_1",
        thread_id="thr_1",
        created_at=datetime.now(UTC),
        content=[AssistantMessageContent(text=each, annotations=[]) for each in texts],
    )


async def test_chatkits_own_form_still_needs_it() -> None:
    """When this fails, ChatKit or the SDK has mended it: delete `PlainMessagesModel`."""
    with pytest.raises(UserError, match="Unknown content"):
        Converter.items_to_messages(await simple_to_agent_input([answer("Hello.")]))


async def test_chatkits_form_becomes_plain_text() -> None:
    assert plain_messages(await simple_to_agent_input([answer("Hello.", "And welcome.")])) == [
        PLAIN
    ]


async def test_a_message_without_text_is_left_out() -> None:
    assert plain_messages(await simple_to_agent_input([answer()])) == []


@pytest.mark.parametrize(
    "form",
    [
        {"type": "message", "role": "assistant", "content": PARTS, "status": "completed"},
        {"role": "assistant", "content": PARTS},
        {"role": "assistant", "content": "Hello.\nAnd welcome.", "status": "completed"},
        {"role": "assistant", "content": "Hello.\nAnd welcome.", "id": "msg_1"},
        {"role": "assistant", "content": [{**part, "type": "text"} for part in PARTS]},
        {"role": "assistant", "content": ["Hello.", "And welcome."], "id": "msg_1"},
    ],
    ids=[
        "RunState",
        "parts alone",
        "text with a status",
        "text with an id",
        "parts of another type",
        "texts",
    ],
)
def test_every_form_that_the_sdk_refuses_becomes_plain_text(form: Any) -> None:
    assert plain_messages([form]) == [PLAIN]
    assert Converter.items_to_messages(plain_messages([form]))[0]["content"] == PLAIN["content"]


@pytest.mark.parametrize(
    "form",
    [
        {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        {"role": "assistant", "content": "Hello."},
        {"type": "message", "id": "msg_1", "role": "assistant", "content": PARTS},
        {"type": "function_call_output", "call_id": "c", "output": "done"},
    ],
)
def test_what_the_sdk_takes_stays_as_it_is(form: Any) -> None:
    assert plain_messages([form]) == [form]
    assert plain_messages("hi") == "hi"


def test_whether_it_was_the_answer_or_a_remark_is_kept() -> None:
    """OpenAI asks for the phase back: without it a model takes its remarks for answers."""
    said: Any = {"role": "assistant", "content": PARTS, "phase": "commentary"}

    assert plain_messages([said]) == [{**PLAIN, "phase": "commentary"}]


@pytest.mark.parametrize("build", [OpenAIChatCompletionsModel, OpenAIResponsesModel])
async def test_every_model_of_a_run_gets_it_also_outside_of_a_turn(build: Any) -> None:
    async with ModelServer(always(text("Fine."))) as server:
        agent = Agent(name="a", model=build("m", openai_client(server.base_url)))
        said = await simple_to_agent_input([answer("Hello.")])
        result = await Runner.run(agent, [*said, {"role": "user", "content": "hi"}])
        streamed = Runner.run_streamed(agent, [*said, {"role": "user", "content": "hi"}])
        async for _ in streamed.stream_events():
            pass

    assert result.final_output == streamed.final_output == "Fine."
    for call in server.calls:
        assert call.request.input[0]["content"] == "Hello."
