"""`plan_trip`: a card as a form, confirmed or cancelled once."""

from typing import Any

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches

FILLED = {
    "trip": {
        "place": "Tromsø",
        "day": "2027-01-31T00:00:00.000Z",
        "travel": "train",
        "pace": "fast",
        "dog": True,
        "wishes": "northern lights",
    }
}


def card(client: ChatClient) -> dict[str, Any]:
    """The card, as the user sees it now."""
    (item,) = client.items_of_type("widget")
    return item


def texts(client: ChatClient) -> list[str]:
    """What the closed card says."""
    return [node["value"] for node in card(client)["widget"]["children"]]


@pytest.mark.parametrize(
    ("sentence", "place"),
    [
        ("plan a trip to Oslo", "Oslo"),
        ("規劃一趟去東京的旅行", "東京"),
        ("规划一次旅行", ""),
    ],
)
async def test_a_form_has_every_kind_of_field(
    client: ChatClient, sentence: str, place: str
) -> None:
    """Each field has a name; the card itself confirms and cancels."""
    await client.send_message(sentence)

    form = card(client)["widget"]
    fields = {node["name"]: node for node in form["children"] if "name" in node}
    kinds = [node["type"] for node in fields.values()]
    assert kinds == ["Input", "DatePicker", "Select", "RadioGroup", "Checkbox", "Textarea"]
    assert fields["trip.place"]["defaultValue"] == place
    assert form["asForm"] is True
    assert form["confirm"]["action"] == {"type": "trip.confirm"}
    assert form["cancel"]["action"] == {"type": "trip.cancel"}
    await assert_transcript_matches(client)


async def test_a_confirmed_form_becomes_the_plan(client: ChatClient) -> None:
    """What was filled in is on the card and known to the guide; a second click adds nothing."""
    await client.send_message("plan a trip to Oslo")
    for _ in range(2):
        await client.custom_action("trip.confirm", FILLED, card(client)["id"])
        assert client.ended == "completed"

    assert "asForm" not in card(client)["widget"]
    assert texts(client)[1:] == [
        "Where to: Tromsø",
        "When: 2027-01-31",
        "How: by train, fast",
        "With a dog",
        "Wishes: northern lights",
    ]
    assert client.text.count("Tromsø") == 1
    assert len(client.notices) == 1
    await assert_transcript_matches(client)


async def test_a_cancelled_form_is_closed(client: ChatClient) -> None:
    """What was filled in is not kept, and it can't be confirmed afterwards."""
    await client.send_message("plan a trip")
    await client.custom_action("trip.cancel", FILLED, card(client)["id"])
    await client.custom_action("trip.confirm", FILLED, card(client)["id"])

    assert texts(client) == ["No trip", "The form was closed."]
    assert "decided already" in client.notices[0]["message"]
    await assert_transcript_matches(client)


@pytest.mark.parametrize(
    "change",
    [
        {"place": " "},
        {"place": "x" * 81},
        {"day": "tomorrow"},
        {"travel": "rocket"},
        {"dog": "perhaps"},
        {"wishes": "x" * 501},
    ],
    ids=str,
)
async def test_what_the_browser_let_through_is_checked_again(
    client: ChatClient, change: dict[str, Any]
) -> None:
    """The notice names the field, the form stays open and can be sent again."""
    await client.send_message("plan a trip")
    payload = {"trip": FILLED["trip"] | change}
    await client.custom_action("trip.confirm", payload, card(client)["id"])

    assert f"trip.{next(iter(change))}" in client.notices[0]["message"]
    assert card(client)["widget"]["asForm"] is True
    await client.custom_action("trip.confirm", FILLED, card(client)["id"])
    assert "Tromsø" in client.text
    await assert_transcript_matches(client)


async def test_empty_fields_are_empty(client: ChatClient) -> None:
    """A form sends empty texts for what nobody filled in."""
    await client.send_message("plan a trip")
    await client.custom_action(
        "trip.confirm", {"trip": {"place": "Oslo", "day": "", "wishes": ""}}, card(client)["id"]
    )

    assert texts(client)[1:] == ["Where to: Oslo", "When: any time", "How: by train, slow"]
    await assert_transcript_matches(client)
