"""`action_buttons`: every loading behaviour, and a click that the page passes on."""

from typing import Any

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches


def actions(client: ChatClient) -> list[dict[str, Any]]:
    """The actions of the card's buttons."""
    (card,) = client.items_of_type("widget")
    _, column, _, last = card["widget"]["children"]
    return [button["onClickAction"] for button in [*column["children"], last]]


@pytest.mark.parametrize("sentence", ["show the action buttons", "顯示動作按鈕", "显示动作按钮"])
async def test_there_is_a_button_for_every_loading_behaviour(
    client: ChatClient, sentence: str
) -> None:
    """What looks busy is said by the widget; the page's button goes to nobody else."""
    await client.send_message(sentence)

    *presses, last = actions(client)
    behaviours = [action["loadingBehavior"] for action in presses]
    assert behaviours == ["auto", "none", "self", "container"]
    assert last == {"type": "buttons.time_zone", "handler": "client"}
    await assert_transcript_matches(client)


@pytest.mark.parametrize("behavior", ["auto", "none", "self", "container"])
async def test_a_press_is_handled_and_the_buttons_stay(client: ChatClient, behavior: str) -> None:
    """The click shows progress, and the card its outcome: it can be pressed again."""
    await client.send_message("show the action buttons")
    (card,) = client.items_of_type("widget")

    await client.custom_action("buttons.press", {"behavior": behavior}, card["id"])

    assert client.progress
    assert behavior in client.items[card["id"]]["widget"]["children"][0]["value"]
    assert len(actions(client)) == 5
    await assert_transcript_matches(client)


async def test_the_page_handles_a_click_and_passes_on_what_it_found(client: ChatClient) -> None:
    """The client's action never reaches the server; the one that the page chains to it does."""
    await client.send_message("show the action buttons")
    (card,) = client.items_of_type("widget")

    payload = {"time_zone": "Asia/Taipei"}
    await client.custom_action("buttons.time_zone_read", payload, card["id"])

    assert "Asia/Taipei" in client.items[card["id"]]["widget"]["children"][0]["value"]
    await assert_transcript_matches(client)


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("buttons.time_zone_read", {"time_zone": "Mars/Olympus"}),
        ("buttons.time_zone_read", {"time_zone": "../../etc/passwd"}),
        ("buttons.time_zone_read", {"time_zone": "x" * 10_000}),
        ("buttons.press", {"behavior": "forever"}),
        ("buttons.time_zone", None),
    ],
)
async def test_what_a_page_makes_up_gets_a_notice(
    client: ChatClient, action: str, payload: Any
) -> None:
    """A page is a client like any other: what it says is checked."""
    await client.send_message("show the action buttons")
    (card,) = client.items_of_type("widget")

    await client.custom_action(action, payload, card["id"])

    assert client.notices[0]["level"] == "warning"
    assert client.items[card["id"]] == card
    await assert_transcript_matches(client)
