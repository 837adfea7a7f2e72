"""Guardrails: the user reads why, nothing partial is left, and the thread goes on."""

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import (
    ModelServer,
    always,
    instructed,
    rounds,
    rules,
    text,
    tool_call,
)

KEY = f"sk-{'x' * 24}"


@pytest.mark.parametrize("sentence", ["My key is {}", "我的金鑰是 {}", "我的密钥是 {}"])
async def test_a_key_in_a_message_is_masked_before_any_model_sees_it(
    client: ChatClient, sentence: str
) -> None:
    """A notice takes the place of the answer, and the stored message holds no key."""
    await client.send_message(sentence.format(KEY))

    assert client.ended == "completed"
    (notice,) = client.notices
    assert notice["message"]
    (kept,) = client.items.values()
    assert KEY not in str(kept)
    assert "•••" in kept["content"][0]["text"]
    await assert_transcript_matches(client)

    await client.send_message("count to 3")
    assert client.text.endswith("1 2 3")


async def test_no_model_is_asked_about_a_message_with_a_key(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """Neither for an answer nor for a title, nor in the turns after it."""
    model.script = always(text("hello"))
    await modelled_client.send_message(f"use {KEY}")
    assert model.calls == []

    await modelled_client.send_message("hello?")

    assert model.calls
    assert all(KEY not in str(call.request.body) for call in model.calls)
    assert modelled_client.text.endswith("hello")


@pytest.mark.parametrize("sentence", ["Make up an API key", "編一個金鑰", "编一个密钥"])
async def test_an_answer_with_a_key_is_taken_back(client: ChatClient, sentence: str) -> None:
    """What had been streamed is removed, for the viewers and in the store."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    assert client.items_of_type("assistant_message") == []
    assert len(client.notices) == 1
    assert client.complaints == []
    await assert_transcript_matches(client)


async def test_an_answer_that_is_taken_back_after_a_tool_leaves_nothing(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """The tool's call is no item: its removal harms nothing."""
    spend = tool_call("spend_play_money", {"amount": 5, "purpose": "tea"})
    model.script = rounds(spend, text(f"Your key: {KEY}"))

    await modelled_client.send_message("go")

    assert modelled_client.ended == "completed"
    assert modelled_client.items_of_type("assistant_message") == []
    assert modelled_client.notices
    # ChatKit takes back whatever the model has made, and a call is no item.
    await assert_transcript_matches(modelled_client, known="stream.removed-exists")


@pytest.mark.parametrize(
    ("sentence", "amount", "allowed"),
    [
        ("Spend 500 on tea", "500", False),
        ("Spend 20 dollars on tea", "20", True),
        ("花500元買茶", "500", False),
        ("花20块买茶", "20", True),
    ],
)
async def test_a_tool_gets_no_more_than_its_limit(
    client: ChatClient, sentence: str, amount: str, allowed: bool
) -> None:
    """Over the limit the user gets a notice and the model the reason, and nothing is spent."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    assert len(client.notices) == (0 if allowed else 1)
    assert amount in client.text
    assert ("more than" in client.text) is (not allowed) or "花" in sentence
    await assert_transcript_matches(client)


@pytest.mark.parametrize("amount", [500, "500", 500.0])
async def test_a_limit_holds_in_whatever_form_an_amount_comes(
    modelled_client: ChatClient, model: ModelServer, amount: object
) -> None:
    """The guardrail reads the arguments as the tool would."""
    spend = tool_call("spend_play_money", {"amount": amount, "purpose": "tea"})
    model.script = rounds(spend, text("Sorry."))

    await modelled_client.send_message("go")

    assert len(modelled_client.notices) == 1
    outputs = [output for call in model.calls for output in call.request.tool_outputs]
    assert "nothing was spent" in str(outputs)


async def test_the_answer_of_an_agent_that_was_handed_over_to_is_guarded_too(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """A handoff is no way around."""
    model.script = rules(
        (instructed("You are the thinking agent"), text(f"I thought of {KEY}")),
        otherwise=tool_call("thinking_agent_handoff", {}),
    )

    await modelled_client.send_message("go")

    assert modelled_client.ended == "completed"
    assert modelled_client.items_of_type("assistant_message") == []
    assert modelled_client.notices
    await assert_transcript_matches(modelled_client)
