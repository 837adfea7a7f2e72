"""Tools of an MCP server, in a turn like any other tool's."""

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import ModelServer, instructed, rounds, rules, text, tool_call


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [
        ("Convert 5 miles to kilometres", "8.047 kilometres"),
        ("把 5 英里換算成公里", "8.047 公里"),
        ("把 5 英里换算成公里", "8.047 公里"),
    ],
)
async def test_a_tool_of_the_bundled_server_answers(
    client: ChatClient, sentence: str, answer: str
) -> None:
    """A worker asks its servers before it takes its first turn."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    assert answer in client.text
    await assert_transcript_matches(client)


async def test_a_tool_that_is_gone_is_told_to_the_model(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """A turn that another worker takes over may miss a server: it goes on all the same."""
    gone = rounds(tool_call("crm_count_orders", {}), text("I can not count them now."))
    model.script = rules((instructed("short title"), text("A title")), otherwise=gone)

    await modelled_client.send_message("How many orders are there?")

    assert modelled_client.ended == "completed"
    assert modelled_client.text == "I can not count them now."
    await assert_transcript_matches(modelled_client)
