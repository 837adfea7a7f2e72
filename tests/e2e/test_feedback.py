"""Thumbs up and down: kept before anybody is told, and there for the user to see again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from turnstream_devstack.stack import Stack

from tests.conftest import NewStack
from tests.support.chat_client import ChatClient, Problem, assert_transcript_matches

ROOT = Path(__file__).parents[2]


async def judge(client: ChatClient, kind: str, *item_ids: str) -> object:
    """Press a thumb; the items are the answer's unless others are named."""
    ids = item_ids or [item["id"] for item in client.items_of_type("assistant_message")]
    params = {"thread_id": client.shown, "item_ids": list(ids), "kind": kind}
    return await client.request("items.feedback", params)


async def verdicts(client: ChatClient) -> list[tuple[str, str]]:
    """What the user's thumbs say, as a page that loads the thread shows them."""
    page = await client.call("GET", f"/threads/{client.shown}/feedback")
    return [(verdict["item_id"], verdict["kind"]) for verdict in page["data"]]


async def test_a_thumb_is_still_there_after_a_reload(client: ChatClient) -> None:
    """The newest one counts, and the conversation is not touched."""
    await client.send_message("hello")
    answer = client.items_of_type("assistant_message")[0]["id"]

    assert await judge(client, "positive") == {}
    assert await judge(client, "negative") == {}

    assert await verdicts(client) == [(answer, "negative")]
    await assert_transcript_matches(client)


async def test_a_thumb_says_nothing_to_others(client: ChatClient, demo: Stack) -> None:
    """Nobody judges, or reads the verdicts, in a thread that is not theirs."""
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
    assert await verdicts(client) == []


async def test_a_thumb_on_what_is_not_there_is_refused(client: ChatClient) -> None:
    """An unknown item is 404, more than a hundred are 422, an unknown verdict is 400."""
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
    assert await verdicts(client) == []


@pytest.fixture(scope="module")
def deaf(new_stack: NewStack) -> Iterator[Stack]:
    """A system whose assistant fails at every thumb."""
    env = {
        "ASSISTANT": "tests.e2e.apps.deaf_assistant:create",
        "PYTHONPATH": str(ROOT),
        "OPENAI_API_KEY": "",
        "SERVER_CALL_TIMEOUT": "1s",
        "RESTART": "0",
    }
    with new_stack("deaf", env) as stack:
        yield stack


async def test_a_thumb_is_kept_when_the_assistants_hook_fails(deaf: Stack) -> None:
    """The verdict is committed first: the user is told yes, also when no worker is there at all."""
    async with ChatClient(deaf.gateway_urls[0]) as client:
        await client.send_message("hello")
        answer = client.items_of_type("assistant_message")[0]["id"]

        assert await judge(client, "negative") == {}
        assert await verdicts(client) == [(answer, "negative")]

        deaf.service("agent-worker-1").stop()
        assert await judge(client, "positive") == {}
        assert await verdicts(client) == [(answer, "positive")]
        await assert_transcript_matches(client)
