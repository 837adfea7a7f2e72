"""The model and the tool that a user picks in the composer."""

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import ModelServer, always, instructed, rules, text

TITLE = (instructed("short title"), text("A title"))


@pytest.mark.parametrize(("wish", "asked"), [("small", "small"), ("expensive", "ZhipuAI/GLM-4.6")])
async def test_a_model_is_used_if_it_is_on_the_list(
    modelled_client: ChatClient, model: ModelServer, wish: str, asked: str
) -> None:
    """A name that the deployment does not offer is ignored: it comes from the client."""
    model.script = always(text("ok"))

    await modelled_client.send_message("hello", model=wish)

    assert modelled_client.ended == "completed"
    assert {call.request.model for call in model.calls} == {asked}


async def test_a_tool_is_forced_if_it_is_offered(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """Anything else, such as a keyword of the API, is ignored."""
    model.script = rules(TITLE, otherwise=text("ok"))

    for wish in ("get_weather", "required"):
        await modelled_client.send_message("hello", tool=wish)

    forced = [call.request.body.get("tool_choice") for call in model.calls if call.request.tools]
    assert "get_weather" in str(forced[0])
    assert forced[-1] is None


async def test_the_tool_of_the_composer_is_called_whatever_was_said(client: ChatClient) -> None:
    """The demo model obeys the menu as a real one does."""
    await client.send_message("Oslo", tool="get_weather")

    assert client.ended == "completed"
    assert client.items_of_type("widget")
    await assert_transcript_matches(client)
