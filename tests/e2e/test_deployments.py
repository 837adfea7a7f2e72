"""Ways to deploy: an app of one's own, no worker yet, an assistant that can't be loaded."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from devstack.stack import Stack

from tests.support.chat_client import ChatClient, Problem, assert_transcript_matches, message
from tests.support.servers import empty_database, empty_redis


async def test_a_server_written_for_the_stock_library_runs_unchanged(
    redis_url: str, database_url: str, tmp_path: Path
) -> None:
    """`ASSISTANT=module:factory`: its own tools and its own stream, durable by the seams."""
    env = {"ASSISTANT": "agent_worker.assistants.example:create", "OPENAI_API_KEY": ""}
    async with (
        _stack(redis_url, database_url, tmp_path, env) as stack,
        ChatClient(stack.gateway_urls[0]) as client,
    ):
        await client.send_message("weather in Oslo")
        await client.send_message("and again: weather in Oslo")

        assert "18" in client.text
        assert client.ended == "completed"
        await assert_transcript_matches(client)


async def test_a_server_without_entities_says_so(
    redis_url: str, database_url: str, tmp_path: Path
) -> None:
    """501 for @-mentions, as for every method that a server need not have."""
    env = {"ASSISTANT": "agent_worker.assistants.example:create", "OPENAI_API_KEY": ""}
    async with (
        _stack(redis_url, database_url, tmp_path, env) as stack,
        ChatClient(stack.gateway_urls[0]) as client,
    ):
        for path in ("/entities", "/entities/x/preview"):
            with pytest.raises(Problem) as problem:
                await client.call("GET", path)
            assert (problem.value.status, problem.value.code) == (501, "unsupported")


async def test_a_turn_waits_for_a_worker_that_has_never_started(
    redis_url: str, database_url: str, tmp_path: Path
) -> None:
    """Accepted without a worker: the client hears keep-alives, and is answered when one comes."""
    env = {"OPENAI_API_KEY": "", "HEARTBEAT": "300ms"}
    async with _stack(redis_url, database_url, tmp_path, env) as stack:
        worker = stack.service("agent-worker-1")
        worker.stop()
        async with (
            ChatClient(stack.gateway_urls[0], timeout=40) as client,
            client.stream(*message("hello")) as turn,
        ):
            while not any("keep-alive" in comment for comment in turn.comments):
                with pytest.raises(AssertionError):
                    await turn.until_type("stream_options", timeout=1)
            worker.start()
            await turn.to_end()

            assert client.ended == "completed"
            await assert_transcript_matches(client)


@pytest.mark.parametrize(
    ("assistant", "reason"),
    [
        ("no.such.module:create", "No module named"),
        ("agent_worker.assistants.guide:nothing", "nothing"),
        ("just_a_name", "module:factory"),
        ("builtins:str", "not a ChatKitServer"),
    ],
)
def test_a_worker_says_why_its_assistant_can_not_be_loaded(assistant: str, reason: str) -> None:
    """It exits with a status that says that starting again does not help, and names the cause."""
    env = {**os.environ, "ASSISTANT": assistant}
    command = [sys.executable, "-m", "agent_worker"]
    ended = subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=30, check=False
    )

    assert ended.returncode == 78
    assert assistant in ended.stderr
    assert reason in ended.stderr


def test_dev_auth_refuses_to_listen_beyond_loopback() -> None:
    """`AUTH=dev` on a public address needs the second, plainly named setting."""
    env = {**os.environ, "HOST": "0.0.0.0"}
    command = [sys.executable, "-m", "gateway"]
    ended = subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=30, check=False
    )

    assert ended.returncode == 78
    assert "DEV_AUTH_BEYOND_LOOPBACK=1" in ended.stderr


class _stack:
    """A stack for one test, started and stopped off the event loop."""

    def __init__(self, redis: str, database: str, path: Path, env: dict[str, str]) -> None:
        self._places = empty_redis(redis), database
        self._path, self._env = path, env

    async def __aenter__(self) -> Stack:
        return await asyncio.to_thread(self._start)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._stop)

    def _start(self) -> Stack:
        redis, server = self._places
        self._database = empty_database(server)
        self._stack = Stack(
            self._path,
            workers=1,
            env=self._env,
            redis_url=redis.__enter__(),
            database_url=self._database.__enter__(),
        )
        self._stack.start()
        return self._stack

    def _stop(self) -> None:
        self._stack.stop()
        self._database.__exit__(None, None, None)
        self._places[0].__exit__(None, None, None)
