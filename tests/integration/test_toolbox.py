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
from structlog.testing import capture_logs
from turnstream.contracts.ids import derived_id
from turnstream.contracts.tools import (
    STEP,
    Catalogue,
    ToolCallFinished,
    ToolEventEmitted,
    ToolResult,
    ToolSpec,
)
from turnstream.redis.broker import build_broker
from turnstream.redis.topology import CATALOGUE, TOOL_CALLS
from turnstream.settings import Settings
from turnstream_worker.subscribers import subscribe_replies
from turnstream_worker.tools.toolbox import KEPT_REPLIES, Toolbox

from tests.support.servers.shared import empty_redis
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


async def test_a_worker_waits_for_its_first_catalogue(redis: Redis, toolbox: Toolbox) -> None:
    """A worker that is up before the tools service would answer as if there were no tools."""
    listed = asyncio.create_task(toolbox.listed(timedelta(hours=1)))
    await toolbox.refresh()
    assert not listed.done()

    await redis.set(CATALOGUE, Catalogue(version="1", tools=[]).model_dump_json())
    await toolbox.refresh()

    await asyncio.wait_for(listed, 10)


async def test_a_worker_without_a_tools_service_begins_in_the_end(toolbox: Toolbox) -> None:
    """A deployment may have none: its turns wait once, and not for ever."""
    with capture_logs() as logs:
        await toolbox.listed(timedelta(milliseconds=10))

    assert [each["log_level"] for each in logs] == ["warning"]


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


@pytest.fixture
async def reading(url: str) -> AsyncIterator[RedisBroker]:
    """A worker's broker that reads replies, and that a tools service may send them with."""
    broker = build_broker(Settings(redis_url=url))
    tools = Toolbox(broker, "replies", timedelta(seconds=30), timedelta(seconds=30))
    subscribe_replies(broker, "replies", tools)
    async with broker:
        await broker.start()
        yield broker
        await broker.stop()


async def test_replies_are_deleted_once_they_are_read(redis: Redis, reading: RedisBroker) -> None:
    """Behind a result nothing of the call is left in Redis: nobody else reads it."""
    event = ToolEventEmitted(key="call_1", seq=STEP, event=notice("half done"))
    for reply in (event, event, ToolCallFinished(key="call_1", result=ToolResult(output="yes"))):
        await reading.publish(reply, stream="replies")

    async def gone() -> bool:
        return not await redis.xlen("replies")

    await wait_until_async(gone, message="replies that were read are still there")


async def test_replies_of_a_tool_that_shows_much_are_deleted_while_it_runs(
    redis: Redis, reading: RedisBroker
) -> None:
    """However much it shows before it has a result, a few are kept at a time."""
    sent = 3 * KEPT_REPLIES + 10
    for number in range(sent):
        event = ToolEventEmitted(key="call_1", seq=(number + 1) * STEP, event=notice("working"))
        await reading.publish(event, stream="replies")

    async def few() -> bool:
        return int(await redis.xlen("replies")) <= KEPT_REPLIES

    await wait_until_async(few, message=f"more than {KEPT_REPLIES} are kept")
    assert await redis.xlen("replies") > 0, "not each is worth a call of Redis"
