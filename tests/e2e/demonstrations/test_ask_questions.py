"""`ask_questions`: the guide asks, and goes on with whatever is answered."""

from typing import Any

import pytest

from tests.support.chat_client import ChatClient, Problem, assert_transcript_matches
from tests.support.model_server import ModelServer, instructed, rules, text, tool_call, user_says


def asked(client: ChatClient) -> dict[str, Any]:
    """The questions, as the user sees them now."""
    return client.items_of_type("structured_input")[-1]


def values(*given: str) -> dict[str, Any]:
    """An answer to one question."""
    return {"values": list(given), "skipped": False}


@pytest.mark.parametrize("sentence", ["ask me some questions", "問我幾個問題", "问我几个问题"])
async def test_questions_end_the_turn(client: ChatClient, sentence: str) -> None:
    """One of each kind: one choice, several, free text. Nothing runs while the user thinks."""
    await client.send_message(sentence)

    item = asked(client)
    assert client.ended == "completed"
    assert item["status"] == "pending"
    kinds = [(each["type"], each.get("multiple")) for each in item["inputs"]]
    choices, free = "multiple_choice", "freeform"
    assert kinds == [(choices, False), (choices, True), (free, None)]
    assert client.items_of_type("assistant_message") == []
    await assert_transcript_matches(client)


async def test_answers_go_on_in_the_conversation(client: ChatClient) -> None:
    """The item keeps the answers, and the guide speaks about them and about what was skipped."""
    await client.send_message("ask me some questions")
    answers = {"q1": values("A support chat"), "q2": values("Widgets", "Files")}
    await client.structured_input(asked(client)["id"], answers)

    assert asked(client)["status"] == "answered"
    given = [each["answer"] for each in asked(client)["inputs"]]
    assert [answer["skipped"] for answer in given] == [False, False, True]
    assert "A support chat; Widgets, Files" in client.text
    assert "What worries you most?" in client.text
    await assert_transcript_matches(client)


async def test_all_of_them_may_be_skipped(client: ChatClient) -> None:
    """The guide takes no for an answer."""
    await client.send_message("ask me some questions")
    await client.structured_input(asked(client)["id"], {}, status="skipped")

    assert asked(client)["status"] == "skipped"
    assert "skipped the questions" in client.text
    await assert_transcript_matches(client)


async def test_an_answer_may_come_late(client: ChatClient) -> None:
    """The conversation went on meanwhile: the answer is about the answers all the same."""
    await client.send_message("ask me some questions")
    await client.send_message("count to 3")
    await client.structured_input(asked(client)["id"], {"q3": values("Losing messages")})

    assert "Losing messages" in client.items_of_type("assistant_message")[-1]["content"][0]["text"]
    await assert_transcript_matches(client)


async def test_questions_are_answered_once(client: ChatClient) -> None:
    """A second answer is 409: the first stands."""
    await client.send_message("ask me some questions")
    await client.structured_input(asked(client)["id"], {"q1": values("Something else")})

    with pytest.raises(Problem) as problem:
        await client.structured_input(asked(client)["id"], {"q1": values("A support chat")})

    assert (problem.value.status, problem.value.code) == (409, "nothing_pending")
    assert "Something else" in client.text
    await assert_transcript_matches(client)


async def test_a_real_model_asks_its_own_questions(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """Its questions are bounded, and it is called again only with the answers."""
    question = {"question": "Tea or coffee?", "options": ["tea", "coffee"], "several": False}
    model.script = rules(
        (instructed("title"), text("Drinks")),
        (user_says("structured input"), text("Tea it is.")),
        otherwise=tool_call("ask_questions", {"questions": [question] * 9}),
    )

    await modelled_client.send_message("offer me something")
    calls = [call for call in model.calls if call.request.body.get("tools")]
    assert (len(calls), len(asked(modelled_client)["inputs"])) == (1, 5)
    await modelled_client.structured_input(asked(modelled_client)["id"], {"q1": values("tea")})

    assert modelled_client.text == "Tea it is."
    assert "Tea or coffee?: tea" in model.calls[-1].request.last_user_text
    await assert_transcript_matches(modelled_client)
