"""Weather, facts, themes and long tasks, in the user's language."""

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches


@pytest.mark.parametrize(
    ("said", "locale", "progress", "label"),
    [
        ("weather in Oslo", "en", "Checking the weather in Oslo", "Sample data"),
        ("台北今天的天氣", "zh-TW", "正在查詢台北的天氣", "範例資料"),
        ("上海今天的天气", "zh-CN", "正在查询上海的天气", "示例数据"),
    ],
)
async def test_progress_and_widget_are_in_the_users_language(
    client: ChatClient, said: str, locale: str, progress: str, label: str
) -> None:
    """`Accept-Language` decides what a tool says, in its progress and in its card."""
    await client.send_message(said, headers={"Accept-Language": locale})

    assert [each["text"] for each in client.progress] == [progress]
    (card,) = client.items_of_type("widget")
    assert label in str(card["widget"])
    await assert_transcript_matches(client)


async def test_a_page_that_could_not_switch_is_believed(client: ChatClient) -> None:
    """A client tool that failed is not reported as done."""
    await client.send_message("dark theme please")
    await client.add_client_tool_output({"success": False, "error": "no such theme"})

    assert "did not succeed" in client.text
    await assert_transcript_matches(client)
