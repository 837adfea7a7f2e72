"""A rating is kept though the assistant that would be told of it fails, or nobody is there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from turnstream_devstack.stack import Stack

from tests.conftest import NewStack
from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.feedback import judge, ratings

ROOT = Path(__file__).parents[3]


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
    """The rating is committed first: the user is told yes, also when no worker is there at all."""
    async with ChatClient(deaf.gateway_urls[0]) as client:
        await client.send_message("hello")
        answer = client.items_of_type("assistant_message")[0]["id"]

        assert await judge(client, "negative") == {}
        assert await ratings(client) == [(answer, "negative")]

        deaf.service("agent-worker-1").stop()
        assert await judge(client, "positive") == {}
        assert await ratings(client) == [(answer, "positive")]
        await assert_transcript_matches(client)
