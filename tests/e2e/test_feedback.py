"""Thumbs up and down: kept before anybody is told, and there for the user to see again."""

import pytest
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient, Problem, assert_transcript_matches
from tests.support.feedback import judge, ratings


async def test_a_thumb_is_still_there_after_a_reload(client: ChatClient) -> None:
    """The newest one counts, and the conversation is not touched."""
    await client.send_message("hello")
    answer = client.items_of_type("assistant_message")[0]["id"]

    assert await judge(client, "positive") == {}
    assert await judge(client, "negative") == {}

    assert await ratings(client) == [(answer, "negative")]
    await assert_transcript_matches(client)


async def test_a_thumb_says_nothing_to_others(client: ChatClient, demo: Stack) -> None:
    """Nobody judges, or reads the ratings, in a thread that is not theirs."""
    await client.send_message("hello")
    answer = client.items_of_type("assistant_message")[0]["id"]
    async with ChatClient(demo.gateway_urls[0], user="somebody-else") as other:
        for call in (
            other.call("GET", f"/threads/{client.shown}/feedback"),
            other.request(
                "items.feedback",
                {"thread_id": client.shown, "item_ids": [answer], "kind": "negative"},
            ),
        ):
            with pytest.raises(Problem) as problem:
                await call
            assert (problem.value.status, problem.value.code) == (404, "not_found")
    assert await ratings(client) == []


async def test_a_thumb_on_what_is_not_there_is_refused(client: ChatClient) -> None:
    """An unknown item is 404, more than a hundred are 422, an unknown rating is 400."""
    await client.send_message("hello")
    answer = client.items_of_type("assistant_message")[0]["id"]
    for kind, ids, status in (
        ("positive", ["msg_unknown"], 404),
        ("positive", [answer] * 101, 422),
        ("meh", [answer], 400),
    ):
        with pytest.raises(Problem) as problem:
            await judge(client, kind, *ids)
        assert problem.value.status == status
    assert await ratings(client) == []
