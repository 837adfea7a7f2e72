"""`fully_dynamic_widget`: a shape that the model makes up, shown with its source or refused."""

import json
from typing import Any

import orjson
import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import ModelServer, instructed, rounds, rules, text, tool_call

TITLE = (instructed("title"), text("A title"))
DEEP: Any = {"type": "Text", "value": "deep"}
for _ in range(40):
    DEEP = {"type": "Box", "children": [DEEP]}


@pytest.mark.parametrize(
    "sentence", ["Show a fully dynamic widget", "給我一個動態小工具", "给我一个动态小组件"]
)
async def test_the_widget_and_its_source_are_shown(client: ChatClient, sentence: str) -> None:
    """The widget is in the thread, and behind it the JSX that would make it."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    (widget,) = client.items_of_type("widget")
    assert widget["widget"]["type"] == "Card"
    source = client.items_of_type("assistant_message")[0]["content"][0]["text"]
    assert source.startswith("```jsx\n<Card")
    assert source.endswith("</Card>\n```")
    assert widget["copy_text"] in source
    await assert_transcript_matches(client)


async def test_a_user_may_write_the_shape(client: ChatClient) -> None:
    """What stands behind the colon is shown, with properties that only a newer client knows."""
    shape = {"type": "Card", "border": 1, "children": [{"type": "Text", "value": 'so "so"'}]}

    await client.send_message(f"dynamic widget: {json.dumps(shape)}")

    assert client.items_of_type("widget")[0]["widget"] == shape
    assert r'<Text value={"so \"so\""} />' in client.text
    await assert_transcript_matches(client)


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ({"type": "Card", "children": [{"type": "Script", "value": "x"}]}, "Script"),
        ({"type": "Card", "children": [DEEP]}, "levels deep"),
        ({"type": "Card", "children": [{"type": "Text", "value": "x" * 1_000_000}]}, "characters"),
        (
            {
                "type": "Card",
                "children": [
                    {"type": "Button", "onClickAction": {"type": "turnstream.resume_turn"}}
                ],
            },
            "reserved",
        ),
        ("<Card>not JSON</Card>", "not JSON"),
    ],
)
async def test_a_bad_shape_is_told_to_the_model_and_to_the_user(
    modelled_client: ChatClient, model: ModelServer, shape: Any, reason: str
) -> None:
    """Nothing is shown but a notice, the model reads why, and the turn completes."""
    widget = shape if isinstance(shape, str) else json.dumps(shape)
    call = tool_call("fully_dynamic_widget", {"widget": widget})
    model.script = rules(TITLE, otherwise=rounds(call, text("It can't be shown.")))

    await modelled_client.send_message("show me something")

    assert modelled_client.ended == "completed"
    assert modelled_client.items_of_type("widget") == []
    (notice,) = modelled_client.notices
    assert notice["level"] == "warning"
    assert reason in notice["message"]
    outputs = [output for call in model.calls for output in call.request.tool_outputs]
    told = orjson.loads(str(outputs[0]))
    assert told["shown"] is False
    assert reason in told["reason"]
    await assert_transcript_matches(modelled_client)


async def test_a_model_may_mend_its_shape(modelled_client: ChatClient, model: ModelServer) -> None:
    """After a refusal the model calls again, and the second shape is shown."""
    bad = tool_call("fully_dynamic_widget", {"widget": '{"type": "Card"}'})
    good = tool_call("fully_dynamic_widget", {"widget": '{"type": "Card", "children": []}'})
    model.script = rules(TITLE, otherwise=rounds(bad, good, text("There it is.")))

    await modelled_client.send_message("show me something")

    assert len(modelled_client.notices) == 1
    assert len(modelled_client.items_of_type("widget")) == 1
    await assert_transcript_matches(modelled_client)
