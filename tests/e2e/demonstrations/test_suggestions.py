"""Buttons with sentences: what the demo model offers when it is not sure what was meant."""

from typing import Any

from tests.support.chat_client import ChatClient, assert_transcript_matches

UNSURE = "I think ChatKit is nice"


def buttons(client: ChatClient) -> list[dict[str, Any]]:
    """The buttons of the first card, as the user sees them now."""
    card = client.items_of_type("widget")[0]
    column: list[dict[str, Any]] = card["widget"]["children"][1]["children"]
    return column


async def test_a_button_says_its_sentence_and_the_guide_answers_it(client: ChatClient) -> None:
    """As a message of the user's, which stands in the thread like one that was typed."""
    await client.send_message(UNSURE)
    assert "demo model" in str(client.items_of_type("assistant_message")[-1])
    sentences = [button["label"] for button in buttons(client)]
    assert len(sentences) == 3
    said = "show your chain of thought"
    assert said in sentences
    payload = buttons(client)[sentences.index(said)]["onClickAction"]["payload"]
    card = client.items_of_type("widget")[0]["id"]

    await client.custom_action("sentence.say", payload, card)

    assert client.ended == "completed"
    assert [said in str(item) for item in client.items_of_type("user_message")] == [False, True]
    assert "chain of thought" in str(client.items_of_type("assistant_message")[-1])
    assert all(button["disabled"] for button in buttons(client))
    await assert_transcript_matches(client)

    await client.custom_action("sentence.say", payload, card)
    assert len(client.items_of_type("user_message")) == 2
    assert len(client.notices) == 1
