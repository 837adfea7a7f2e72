"""Agents as tools: the steps of a small team are seen as tasks."""

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import ModelServer, first, instructed, rounds, rules, status, text
from tests.support.model_server import tool_call as call

TITLE = (instructed("short title"), text("A title"))


@pytest.mark.parametrize(
    ("sentence", "topic"),
    [("Research green tea", "green tea"), ("請研究綠茶", "綠茶"), ("请研究绿茶", "绿茶")],
)
async def test_every_question_of_the_manager_is_a_task(
    client: ChatClient, sentence: str, topic: str
) -> None:
    """Each task is answered when the report comes, and nothing of the nested runs leaks out."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    (workflow,) = client.items_of_type("workflow")
    planned, *asked = workflow["workflow"]["tasks"]
    assert planned["content"] == topic
    assert len(asked) == 2
    assert all(topic in task["title"] for task in asked)
    assert {task["status_indicator"] for task in asked} == {"complete"}
    (answer,) = client.items_of_type("assistant_message")
    assert topic in answer["content"][0]["text"]
    await assert_transcript_matches(client)


async def test_a_nested_model_that_is_busy_is_asked_again(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """The turn goes back to the queue; what the team had done by then is not done again."""
    model.script = rules(
        TITLE,
        (instructed("You are the researcher"), first(1, status(429), text("It is from China."))),
        (
            instructed("You are the research manager"),
            rounds(call("researcher", {"input": "Where from?"}), text("From China.")),
        ),
        otherwise=rounds(call("research", {"topic": "tea"}), text("Tea is from China.")),
    )

    await modelled_client.send_message("go")

    assert modelled_client.ended == "completed"
    assert modelled_client.text.endswith("Tea is from China.")
    managed = [c for c in model.calls if "research manager" in c.request.instructions]
    assert len(managed) == 2
    (workflow,) = modelled_client.items_of_type("workflow")
    assert [task["title"] for task in workflow["workflow"]["tasks"][1:]] == ["Where from?"]
    await assert_transcript_matches(modelled_client)
