"""Parallel agents: three at the same time, of which the best is picked."""

import asyncio

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import (
    Hold,
    ModelServer,
    instructed,
    rounds,
    rules,
    text,
    tool_call,
)
from tests.support.waiting import wait_until_async


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("Explain streaming in three ways", "streaming"),
        ("用三種方法解釋串流", "串流"),
        ("用三种方法解释流式传输", "流式传输"),
    ],
)
async def test_three_explanations_complete_and_one_is_picked(
    client: ChatClient, sentence: str, question: str
) -> None:
    """Each is a task of its own; the answer repeats one of them."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    (workflow,) = client.items_of_type("workflow")
    tasks = workflow["workflow"]["tasks"]
    assert [task["status_indicator"] for task in tasks] == ["complete"] * 3
    assert all(question in task["content"] for task in tasks)
    assert any(task["content"] in client.text for task in tasks)
    await assert_transcript_matches(client)


async def test_the_three_are_asked_at_the_same_time(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """None waits for another: all three requests are open at once."""
    model.script = rules(
        (instructed("short title"), text("A title")),
        (instructed("explainer. Explain"), text(Hold("all three"), "So it is.")),
        (instructed("You are the picker"), text('{"number": 2}')),
        otherwise=rounds(tool_call("compare_explanations", {"question": "tea"}), text("So it is.")),
    )

    turn = asyncio.create_task(modelled_client.send_message("explain tea"))
    await wait_until_async(lambda: model.waiting("all three") == 3, timeout=20)
    model.open("all three")
    await turn

    assert modelled_client.text.endswith("So it is.")
    await assert_transcript_matches(modelled_client)
