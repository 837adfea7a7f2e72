"""`long_running_server_tool_status`: a long tool says what it is doing."""

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches

ICONS = ["notebook", "globe", "analytics", "write"]


@pytest.mark.parametrize(
    ("sentence", "seconds"),
    [
        ("Show the status of a server tool", "4"),
        ("看看 2 秒的伺服器工具狀態", "2"),
        ("显示一个 1 秒的服务器工具状态", "1"),
    ],
)
async def test_each_stage_is_told_while_it_runs(
    client: ChatClient, sentence: str, seconds: str
) -> None:
    """The stages come in order, spread over the time, and nothing of them is stored."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    told = [event for event in client.events if event.event.get("type") == "progress_update"]
    stages = [event for event in told if event.event.get("icon") in ICONS]
    assert [event.event["icon"] for event in stages] == ICONS
    assert stages[-1].at - stages[0].at >= int(seconds) / 2
    assert seconds in client.text
    await assert_transcript_matches(client)
