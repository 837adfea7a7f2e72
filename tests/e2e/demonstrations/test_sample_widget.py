"""`sample_widget`: a card whose text streams in."""

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches, message

DELTA = "widget.streaming_text.value_delta"


@pytest.mark.parametrize(
    "sentence", ["Show me a sample widget", "給我看一個範例小工具", "给我看一个示例小组件"]
)
async def test_the_text_of_a_card_arrives_piece_by_piece(client: ChatClient, sentence: str) -> None:
    """The card is added once, grows by deltas, and is stored as it was seen."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    (card,) = client.items_of_type("widget")
    updates = [
        received.event["update"]
        for received in client.events
        if received.event.get("item_id") == card["id"]
    ]
    assert len(updates) > 10
    assert {update["type"] for update in updates} == {DELTA}
    text = card["widget"]["children"][-1]
    assert text["value"] == "".join(update["delta"] for update in updates) == card["copy_text"]
    assert text["streaming"] is False
    await assert_transcript_matches(client)


async def test_a_card_can_say_what_the_user_wants(client: ChatClient) -> None:
    """The text of the sentence is the text of the card."""
    await client.send_message("show a sample widget that says good morning")

    (card,) = client.items_of_type("widget")
    assert card["copy_text"] == "good morning"


async def test_a_stop_in_the_middle_leaves_no_half_card(client: ChatClient) -> None:
    """What is stopped before it is whole is taken back, for the viewer and in the store."""
    async with client.stream(*message("show me a sample widget")) as turn:
        await turn.until_type(DELTA)
        await client.cancel(turn.turn_id)
        await turn.to_end()

    assert client.ended == "cancelled"
    assert client.items_of_type("widget") == []
    await assert_transcript_matches(client)
