"""Tools of an MCP server, in a turn like any other tool's."""

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.waiting import wait_until_async


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
    """It is offered from the moment that its server has answered."""

    async def answered() -> bool:
        await client.send_message(sentence, new_thread=True)
        return answer in client.text

    await wait_until_async(answered, timeout=30, message="the MCP server is not connected")

    assert client.ended == "completed"
    await assert_transcript_matches(client)
