"""A model that goes in circles is ended politely."""

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import ModelServer, instructed, rules, text, tool_call


async def test_a_model_that_only_calls_tools_is_stopped_with_a_message(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """The turn completes, says how many steps it took, and the thread goes on."""
    title = (instructed("short title"), text("A title"))
    again = tool_call("spend_play_money", {"amount": 5, "purpose": "tea"})
    model.script = rules(title, otherwise=again)

    await modelled_client.send_message("go")

    assert modelled_client.ended == "completed"
    assert modelled_client.errors == []
    assert "stopped after 10 steps" in modelled_client.text
    await assert_transcript_matches(modelled_client)

    model.script = rules(title, otherwise=text("Fine."))
    await modelled_client.send_message("and now?")
    assert modelled_client.text.endswith("Fine.")
