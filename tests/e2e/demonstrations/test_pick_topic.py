"""`offer_topics`: a click is handled on the server, once, and its widget keeps the choice."""

from typing import Any

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches

ALL = ["Widgets", "Client tools", "Crashes"]


def buttons(client: ChatClient) -> list[dict[str, Any]]:
    """The buttons of the card, as the user sees them now."""
    (card,) = client.items_of_type("widget")
    row: list[dict[str, Any]] = card["widget"]["children"][1]["children"]
    return row


async def pick(client: ChatClient, topic: str) -> None:
    """Click on a topic's button."""
    (card,) = client.items_of_type("widget")
    await client.custom_action("topic.pick", {"topic": topic}, card["id"])


@pytest.mark.parametrize("sentence", ["let me pick a topic", "讓我選一個主題", "让我选一个主题"])
async def test_a_choice_is_marked_and_answered(client: ChatClient, sentence: str) -> None:
    """The card is replaced: nothing can be clicked any more, the choice is marked."""
    await client.send_message(sentence)
    actions = [button["onClickAction"]["payload"]["topic"] for button in buttons(client)]
    assert actions == ["widgets", "client_tools", "crashes"]

    await pick(client, "crashes")

    assert client.ended == "completed"
    assert [button["disabled"] for button in buttons(client)] == [True] * 3
    assert not any("onClickAction" in button for button in buttons(client))
    assert [button.get("iconStart") for button in buttons(client)] == [None, None, "check"]
    assert len(client.items_of_type("assistant_message")) == 2
    await assert_transcript_matches(client)


async def test_a_second_click_changes_nothing(client: ChatClient) -> None:
    """A double click, or one in another tab: the first choice stands and is answered once."""
    await client.send_message("let me pick a topic")
    await pick(client, "widgets")
    shown = list(client.items.values())

    for topic in ("widgets", "crashes"):
        await pick(client, topic)
        assert client.ended == "completed"

    assert list(client.items.values()) == shown
    assert len(client.notices) == 2
    await assert_transcript_matches(client)


async def test_a_choice_survives_a_reload(client: ChatClient) -> None:
    """What was chosen is in the thread, no matter who opens it."""
    await client.send_message("let me pick a topic")
    await pick(client, "client_tools")

    await client.load_thread()

    assert [button.get("style") for button in buttons(client)] == [None, "primary", None]
    assert "page" in client.text
    await assert_transcript_matches(client)


async def test_an_old_widget_still_works(client: ChatClient) -> None:
    """The conversation has gone on meanwhile: the click is answered at its end."""
    await client.send_message("let me pick a topic")
    await client.send_message("count to 3")

    await pick(client, "widgets")

    assert client.items_of_type("assistant_message")[-1]["content"][0]["text"].startswith("Widgets")
    await assert_transcript_matches(client)
