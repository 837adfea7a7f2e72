"""Ways to deploy: an app of one's own, no worker yet, an assistant that can't be loaded."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from turnstream_devstack.stack import Stack

from tests.conftest import NewStack
from tests.support.chat_client import ChatClient, Problem, assert_transcript_matches, message


@pytest.fixture(scope="module")
def example(new_stack: NewStack) -> Iterator[Stack]:
    """An app that was written for the stock library, by `ASSISTANT=module:factory`."""
    env = {"ASSISTANT": "turnstream_worker.assistants.example:create", "OPENAI_API_KEY": ""}
    with new_stack("example", env) as stack:
        yield stack


@pytest.fixture(scope="module")
def terse(new_stack: NewStack) -> Iterator[Stack]:
    """A system whose turns may write very little, and where silence is soon heard."""
    env = {
        "OPENAI_API_KEY": "",
        "DEMO_TOKEN_DELAY": "1ms",
        "LOG_LIMIT": "10000",
        "HEARTBEAT": "300ms",
    }
    with new_stack("terse", env) as stack:
        yield stack


@pytest.fixture
def workerless(terse: Stack) -> Stack:
    """A system whose worker has not come yet."""
    terse.service("agent-worker-1").stop()
    return terse


async def test_an_answer_past_the_limit_of_its_log_ends_visibly(terse: Stack) -> None:
    """What was seen is kept, the user is told why it stops, and nothing is tried again."""
    async with ChatClient(terse.gateway_urls[0], timeout=40) as client:
        await client.send_message("count to 3000")

        assert client.ended == "failed"
        assert [error["message"] for error in client.errors] == ["The answer grew too long."]
        assert "100" in client.text
        await assert_transcript_matches(client)


async def test_a_server_written_for_the_stock_library_runs_unchanged(example: Stack) -> None:
    """Its own tools and its own stream, durable by the seams."""
    async with ChatClient(example.gateway_urls[0]) as client:
        await client.send_message("weather in Oslo")
        await client.send_message("and again: weather in Oslo")

        assert "18" in client.text
        assert client.ended == "completed"
        await assert_transcript_matches(client)


async def test_a_server_without_entities_says_so(example: Stack) -> None:
    """501 for @-mentions, as for every method that a server need not have."""
    async with ChatClient(example.gateway_urls[0]) as client:
        for path in ("/entities", "/entities/x/preview"):
            with pytest.raises(Problem) as problem:
                await client.call("GET", path)
            assert (problem.value.status, problem.value.code) == (501, "unsupported")


async def test_a_turn_waits_for_a_worker_that_has_never_started(workerless: Stack) -> None:
    """Accepted without a worker: the client hears keep-alives, and is answered when one comes."""
    async with (
        ChatClient(workerless.gateway_urls[0], timeout=40) as client,
        client.stream(*message("hello")) as turn,
    ):
        while not any("keep-alive" in comment for comment in turn.comments):
            with pytest.raises(AssertionError):
                await turn.until_type("stream_options", timeout=1)
        workerless.service("agent-worker-1").start()
        await turn.to_end()

        assert client.ended == "completed"
        await assert_transcript_matches(client)


def test_a_worker_says_why_its_assistant_can_not_be_loaded() -> None:
    """It exits with a status that says that starting again does not help, and names the cause."""
    env = {**os.environ, "ASSISTANT": "no.such.module:create"}
    command = [sys.executable, "-m", "turnstream_worker"]
    ended = subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=60, check=False
    )

    assert ended.returncode == 78
    assert "ASSISTANT='no.such.module:create'" in ended.stderr
    assert "No module named" in ended.stderr


def test_dev_auth_refuses_to_listen_beyond_loopback() -> None:
    """`AUTH=dev` on a public address needs the second, plainly named setting."""
    env = {**os.environ, "HOST": "0.0.0.0"}
    command = [sys.executable, "-m", "turnstream_gateway"]
    ended = subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=60, check=False
    )

    assert ended.returncode == 78
    assert "DEV_AUTH_BEYOND_LOOPBACK=1" in ended.stderr
