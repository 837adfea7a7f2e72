"""The evaluator loop: drafts and evaluations in turn, until the judge is content or time is up."""

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import ModelServer, instructed, rounds, rules, text, tool_call


@pytest.mark.parametrize(
    ("sentence", "about"),
    [
        ("Write a slogan for green tea", "green tea"),
        ("為綠茶寫一個標語", "綠茶"),
        ("为绿茶写一个标语", "绿茶"),
    ],
)
async def test_a_draft_is_judged_and_written_again(
    client: ChatClient, sentence: str, about: str
) -> None:
    """The workflow holds each draft with its evaluation; the answer is the last draft."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    (workflow,) = client.items_of_type("workflow")
    tasks = workflow["workflow"]["tasks"]
    assert tasks[0]["content"] == about
    assert len(tasks) == 5
    assert tasks[-2]["content"] in client.text
    assert client.complaints == []
    await assert_transcript_matches(client)


async def test_a_judge_that_is_never_content_is_heard_three_times(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """Then the last draft has to do."""
    model.script = rules(
        (instructed("short title"), text("A title")),
        (instructed("You are the slogan writer"), text("Tea.")),
        (instructed("You are the slogan judge"), text('{"good": false, "advice": "Better."}')),
        otherwise=rounds(tool_call("write_slogan", {"about": "tea"}), text("It is: Tea.")),
    )

    await modelled_client.send_message("a slogan!")

    judged = [call for call in model.calls if "slogan judge" in call.request.instructions]
    assert len(judged) == 3
    assert modelled_client.text.endswith("It is: Tea.")
    await assert_transcript_matches(modelled_client)
