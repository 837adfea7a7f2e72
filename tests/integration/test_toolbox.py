"""A worker's line to the tools service: the catalogue it reads, the calls it makes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from agents.tool_context import ToolContext
from chatkit.agents import AgentContext
from chatkit.types import ThreadMetadata
from faststream.redis import RedisBroker
from redis.asyncio import Redis
from turnstream.contracts.ids import derived_id
from turnstream.contracts.tools import (
    STEP,
    Catalogue,
    ToolCallFinished,
    ToolEventEmitted,
    ToolResult,
    ToolSpec,
)
from turnstream.redis.topology import CATALOGUE, TOOL_CALLS
from turnstream_worker.tools.toolbox import Toolbox

from tests.support.servers import empty_redis
from tests.support.waiting import wait_until_async
from tests.unit.worker.attempts import an_attempt


@pytest.fixture
def url(redis_url: str) -> Iterator[str]:
    """An empty Redis."""
    with empty_redis(redis_url) as url:
        yield url


@pytest.fixture
async def redis(url: str) -> AsyncIterator[Redis]:
    """A client of it."""
    async with Redis.from_url(url) as client:
        yield client


@pytest.fixture
async def toolbox(url: str) -> AsyncIterator[Toolbox]:
    """A worker's line to the tools service over it."""
    async with RedisBroker(url) as broker:
        yield Toolbox(broker, "replies", timedelta(seconds=30), timedelta(seconds=30))


async def test_a_catalogue_that_cannot_be_read_leaves_the_last_one(
    redis: Redis, toolbox: Toolbox
) -> None:
    """A tools service of another version must not take the tools away, or stop the reading."""
    tool = ToolSpec(name="get_weather", description="", parameters={})
    offered = Catalogue(version="1", tools=[tool])
    await redis.set(CATALOGUE, offered.model_dump_json())
    await toolbox.refresh()

    await redis.set(CATALOGUE, '{"version": 2}')
    await toolbox.refresh()

    assert toolbox.catalogue == offered


def notice(message: str) -> dict[str, Any]:
    """An event that a tool emits, and that lasts."""
    return {"type": "notice", "level": "info", "message": message}


async def test_a_result_brings_the_events_that_were_missed(redis: Redis, toolbox: Toolbox) -> None:
    """An attempt's worker may hear the end of a call that began under the attempt before, whose
    events it did not wait for then: each is shown once.
    """
    thread = ThreadMetadata(id="thr_1", created_at=datetime.now())
    context: Any = AgentContext(thread=thread, store=cast(Any, None), request_context=None)
    tool = ToolSpec(name="book", description="", parameters={})
    asking: ToolContext[Any] = ToolContext(
        context=context, tool_name="book", tool_call_id="call_1", tool_arguments="{}"
    )
    calling = asyncio.create_task(toolbox.call(an_attempt(2), tool, asking, "{}"))

    async def asked() -> bool:
        return bool(await redis.xlen(TOOL_CALLS))

    await wait_until_async(asked)
    key = derived_id("call", "turn_1", "call_1")
    events = [notice(text) for text in ("booked", "paid")]
    toolbox.deliver(ToolEventEmitted(key=key, seq=STEP, event=events[0]))
    toolbox.deliver(ToolCallFinished(key=key, result=ToolResult(output="yes", events=events)))

    assert await calling == "yes"
    shown = [context._events.get_nowait() for _ in range(context._events.qsize())]
    assert [event.message for event in shown] == ["booked", "paid"]
