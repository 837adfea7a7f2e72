"""Anyone who reaches Redis runs no tool, and a service that was taken over runs none for others."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from faststream.redis import RedisBroker
from pydantic import SecretStr
from redis.asyncio import Redis
from turnstream.contracts.ids import call_key
from turnstream.contracts.tools import CallTool, ToolFailure
from turnstream.redis import topology
from turnstream.redis.broker import build_broker
from turnstream.redis.signatures import REFUSED
from turnstream.settings import Settings

from tests.integration.tools.calling import CallingWorker
from tests.integration.tools.counting_tools import effects
from tests.integration.tools.services import running
from tests.support.waiting import wait_until_async


@pytest.fixture
async def service(redis: Redis, redis_url: str, store_url: str) -> AsyncIterator[None]:
    """A tools service that takes calls."""
    async with running(redis_url, store_url):
        yield


def refused() -> float:
    """Messages that this process has refused, for whatever reason."""
    return sum(
        sample.value
        for metric in REFUSED.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    )


async def test_a_forged_call_is_dropped_and_counted(
    service: None, worker: CallingWorker, redis: Redis, redis_url: str
) -> None:
    """Without a signature, with one of another key, or recorded for another stream: no effect, and
    nothing is left in the queue. True calls go on.
    """
    before = refused()
    forged = [worker.command("pay", '{"seconds": 0}') for _ in range(4)]
    await redis.xadd(topology.TOOL_CALLS, {"__data__": forged[0].model_dump_json()})
    async with RedisBroker(redis_url) as unsigned:
        await unsigned.publish(forged[1], stream=topology.TOOL_CALLS)
    stranger = Settings(redis_url=redis_url, internal_key=SecretStr("another-key" * 4))
    async with build_broker(stranger) as other:
        await other.publish(forged[2], stream=topology.TOOL_CALLS)
    async with build_broker(Settings(redis_url=redis_url)) as ours:
        await ours.publish(forged[3], stream="elsewhere")
    entries: Any = await redis.xrange("elsewhere")
    await redis.xadd(topology.TOOL_CALLS, entries[0][1])

    await wait_until_async(lambda: refused() == before + len(forged))
    assert (await worker.call("pay", '{"seconds": 0}')).output == {"times": 1}
    for command in forged:
        assert await effects(redis, command.key) == 0
    assert await redis.xlen(topology.TOOL_CALLS) == 0


async def test_a_signed_call_for_another_owner_or_thread_has_no_effect_there(
    service: None, worker: CallingWorker, redis: Redis
) -> None:
    """The ledger knows whose the turn is, and in which thread, whatever a message says."""
    for changes in ({"owner": "eve"}, {"tenant": "acme"}, {"turn_id": "turn_unknown"}):
        command = worker.command("pay", '{"seconds": 0}', **changes)
        await worker.ask(command)
        assert (await worker.call("where")).output == worker.turn.thread_id
        assert await effects(redis, command.key) == 0
    elsewhere = await worker.call("where", thread_id="thr_of_somebody_else")
    assert elsewhere.output == worker.turn.thread_id


async def test_a_tool_that_needs_an_approval_does_not_run_without_one(
    service: None, worker: CallingWorker, redis: Redis
) -> None:
    """However the call is named: the tools service knows its tools, and the store what was agreed
    to. The model is told why.
    """
    named: dict[str, Any] = {"call_id": "c1", "key": call_key(worker.turn.turn_id, "c1")}
    for changes in ({}, named):
        command: CallTool = worker.command("risk", '{"seconds": 0}', **changes)
        result = await worker.result(await worker.ask(command))
        assert result.failure is ToolFailure.NOT_APPROVED
        assert await effects(redis, command.key) == 0
