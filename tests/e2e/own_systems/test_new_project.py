"""A project of `turnstream new` on the whole system, as `turnstream dev` runs it without a key."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from turnstream.redis.topology import CATALOGUE
from turnstream_devstack.new_project import new_project
from turnstream_devstack.options import read_env_file
from turnstream_devstack.services import Service
from turnstream_devstack.stack import Stack

from tests.conftest import NewStack
from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.waiting import wait_until_async


@pytest.fixture(scope="module")
def stack(new_stack: NewStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The project as it was written, with its own settings."""
    folder: Path = tmp_path_factory.mktemp("new") / "shop-bot"
    new_project(folder)
    settings = read_env_file(folder / ".env")
    keyless = {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": ""}
    with new_stack("new-project", {**settings, **keyless, "PYTHONPATH": str(folder)}) as stack:
        yield stack


async def test_its_tool_says_what_it_does_and_shows_a_card(stack: Stack) -> None:
    """The first question of its README is answered, and a reload shows the same."""
    async with ChatClient(stack.gateway_urls[0], user="newcomer") as client:
        await client.send_message("Where is my order A-1042?")

        assert [each["text"] for each in client.progress] == ["Looking for order A-1042"]
        [widget] = client.items_of_type("widget")
        assert widget["copy_text"] == "Order A-1042 (two cups) is on its way."
        [message] = client.items_of_type("assistant_message")
        assert message["content"][0]["text"] == "Order A-1042 (two cups) is on its way."
        await assert_transcript_matches(client)


async def test_other_words_are_answered_by_the_demo_model(stack: Stack) -> None:
    """It says what it is, and offers none of the demonstration's tools."""
    async with ChatClient(stack.gateway_urls[0], user="visitor") as client:
        await client.send_message("What is the weather in Oslo?")

        assert not client.progress
        assert "I am the demo model" in client.text


async def test_a_worker_that_is_up_first_waits_for_the_tools(stack: Stack) -> None:
    """All services of a new system start together, and the first turn must find its tool."""
    tools, worker = stack.service("tools-1"), stack.service("agent-worker-1")
    tools.kill(hold=True)
    worker.kill(hold=True)
    async with Redis.from_url(stack.redis_url) as redis:
        await redis.delete(CATALOGUE)
    async with ChatClient(stack.gateway_urls[0], user="first") as client:
        turn = asyncio.create_task(client.send_message("Where is my order A-1042?"))
        starts = starts_of(worker)
        worker.spawn()
        await wait_until_async(lambda: starts_of(worker) > starts, message="the worker's start")
        tools.spawn()
        await turn

        assert [each["text"] for each in client.progress] == ["Looking for order A-1042"]


def starts_of(service: Service) -> int:
    """How often its process has begun to start its app."""
    return service.log.read_text().count("Waiting for application startup")
