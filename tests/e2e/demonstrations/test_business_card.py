"""Structured output: the model's JSON is a card for the user and never a text."""

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import ModelServer, instructed, rounds, rules, text, tool_call

CARD = '{"name": "Bo", "role": "baker", "place": ""}'


@pytest.mark.parametrize(
    ("sentence", "lines"),
    [
        (
            "Make a business card for Ann Lee, gardener in Oslo",
            ["Ann Lee", "gardener", "Oslo"],
        ),
        ("做一張名片：王小明，園丁，在台北", ["王小明", "園丁", "台北"]),
        ("做一张名片：李雷，园丁，住在上海", ["李雷", "园丁", "上海"]),
    ],
)
async def test_a_description_becomes_a_card(
    client: ChatClient, sentence: str, lines: list[str]
) -> None:
    """Name, role and place each stand on a line of their own."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    (widget,) = client.items_of_type("widget")
    assert [line["value"] for line in widget["widget"]["children"]] == lines
    assert "{" not in client.text
    await assert_transcript_matches(client)


async def test_a_real_model_is_asked_for_the_schema_and_its_json_is_not_shown(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """What the model leaves empty gets no line."""
    call = tool_call("make_business_card", {"description": "Bo, baker"})
    model.script = rules(
        (instructed("short title"), text("A title")),
        (instructed("fill in a business card"), text(CARD)),
        otherwise=rounds(call, text("There it is.")),
    )

    await modelled_client.send_message("a card for Bo the baker")

    assert modelled_client.text == "There it is."
    (widget,) = modelled_client.items_of_type("widget")
    assert [line["value"] for line in widget["widget"]["children"]] == ["Bo", "baker"]
    (asked,) = [call for call in model.calls if "business card" in call.request.instructions[:80]]
    assert asked.request.body["response_format"]["type"] == "json_schema"
    await assert_transcript_matches(modelled_client)
