"""The chain of thought: a reasoning workflow that grows before the user's eyes."""

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("Show your chain of thought, please", "chain"),
        ("請展示思考過程", ""),
        ("请展示思考过程", ""),
    ],
)
async def test_thoughts_come_one_by_one_and_then_the_answer(
    client: ChatClient, sentence: str, word: str
) -> None:
    """Each thought grows by updates; the workflow closes with its duration."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    (workflow,) = client.items_of_type("workflow")
    assert workflow["workflow"]["type"] == "reasoning"
    assert "duration" in workflow["workflow"]["summary"]
    thoughts = [task["content"] for task in workflow["workflow"]["tasks"]]
    assert len(thoughts) == 3
    assert word in thoughts[0]
    updates = [
        event.event for event in client.events if event.event.get("item_id") == workflow["id"]
    ]
    assert len(updates) > 10
    assert client.items_of_type("assistant_message")
    assert client.complaints == []
    await assert_transcript_matches(client)
