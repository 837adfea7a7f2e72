"""What is shown beside the thread: notices, effects, and errors with and without Retry."""

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches


@pytest.mark.parametrize(
    ("sentence", "level"),
    [
        ("Show an info notice", "info"),
        ("顯示警告通知", "warning"),
        ("显示危险通知", "danger"),
    ],
)
async def test_a_notice_has_the_level_that_was_asked_for(
    client: ChatClient, sentence: str, level: str
) -> None:
    """It is shown once and is no part of the thread."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    assert [notice["level"] for notice in client.notices] == [level]
    assert len(client.items) == 2
    await assert_transcript_matches(client)


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("Send a client effect named confetti", "confetti"),
        ("送出用戶端效果", "celebrate"),
        ("发送客户端效果", "celebrate"),
    ],
)
async def test_an_effect_reaches_the_page_once(
    client: ChatClient, sentence: str, name: str
) -> None:
    """The page gets the name and a note; nothing waits for its answer."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    (effect,) = client.effects
    assert effect["name"] == name
    assert effect["data"]["note"]
    await assert_transcript_matches(client)


@pytest.mark.parametrize("sentence", ["Fail on purpose", "請故意失敗", "请故意失败"])
async def test_a_turn_fails_visibly_once_and_the_thread_goes_on(
    client: ChatClient, sentence: str
) -> None:
    """The error is the last word of its turn and offers no Retry; the next message is answered."""
    failed = await client.send_message(sentence)

    assert client.ended == "failed"
    (error,) = client.errors
    assert (error["code"], error["allow_retry"]) == ("custom", False)
    assert error["message"]
    assert [item["type"] for item in client.items.values()] == ["user_message"]
    kept = (await client.call("GET", f"/turns/{failed.turn_id}"))["error"]
    assert (kept["code"], kept["message"]) == ("assistant_error", error["message"])

    await client.send_message("count to 3")
    assert client.ended == "completed"
    assert client.text == "1 2 3"
    await assert_transcript_matches(client)


@pytest.mark.parametrize(
    "sentence",
    ["Fail on purpose, so that I can retry", "故意失敗，讓我重試", "故意失败，让我重试"],
)
async def test_retry_works_after_an_error_that_offers_it(client: ChatClient, sentence: str) -> None:
    """Retry sends the same message again in a turn of its own, and that one succeeds."""
    await client.send_message(sentence)
    assert client.ended == "failed"
    assert [error["allow_retry"] for error in client.errors] == [True]
    (message,) = client.items

    await client.retry_after(message)

    assert client.ended == "completed"
    assert len(client.errors) == 1
    assert [item["type"] for item in client.items.values()] == ["user_message", "assistant_message"]
    await assert_transcript_matches(client)


async def test_a_new_message_fails_anew(client: ChatClient) -> None:
    """Only a retry of the message that failed succeeds; the same words said again fail again."""
    for _ in range(2):
        await client.send_message("fail on purpose, so that I can retry")
        assert client.ended == "failed"
    assert len(client.errors) == 2
    await assert_transcript_matches(client)
