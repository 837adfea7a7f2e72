"""The handoff: a second agent takes over, and the user sees that it does."""

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import (
    ModelServer,
    instructed,
    reasoning,
    rules,
    text,
    tool_call,
)

TITLE = (instructed("short title"), text("A title"))
THINKER = instructed("You are the thinking agent")


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Think hard about the meaning of tea", "the meaning of tea"),
        ("請仔細想想茶的意義", "茶的意義"),
        ("请仔细想想茶的意义", "茶的意义"),
    ],
)
async def test_the_thinking_agent_takes_over_and_its_thoughts_are_seen(
    client: ChatClient, sentence: str, said: str
) -> None:
    """One workflow tells of the handoff and holds the thought; the answer is the second agent's."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    (workflow,) = client.items_of_type("workflow")
    assert workflow["workflow"]["summary"]["title"]
    assert said in workflow["workflow"]["tasks"][0]["content"]
    (answer,) = client.items_of_type("assistant_message")
    assert said in answer["content"][0]["text"]
    assert client.progress
    assert client.complaints == []
    await assert_transcript_matches(client)


async def test_a_real_models_second_agent_gets_the_conversation_without_the_handoff(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """The filter takes the handoff's call out; a host without reasoning gets no such setting."""
    answer = reasoning("Let me see.") + text("Tea is time.")
    model.script = rules(
        TITLE, (THINKER, answer), otherwise=tool_call("thinking_agent_handoff", {})
    )

    await modelled_client.send_message("What is tea, really?")

    assert modelled_client.ended == "completed"
    assert modelled_client.text == "Tea is time."
    (workflow,) = modelled_client.items_of_type("workflow")
    assert workflow["workflow"]["summary"]["title"] == "Handed over to the thinking agent"
    assert [task["content"] for task in workflow["workflow"]["tasks"]] == ["Let me see."]
    asked = model.calls[-1].request
    assert asked.tool_outputs == []
    assert "reasoning_effort" not in asked.body
    await assert_transcript_matches(modelled_client)
