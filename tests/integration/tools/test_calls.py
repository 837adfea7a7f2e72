"""What a worker is promised about a call, on a real Redis and the real ledger."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from turnstream.contracts.ids import derived_id
from turnstream.contracts.tools import Catalogue, ToolFailure
from turnstream.redis import topology

from tests.integration.tools.calling import OWNER, CallingWorker
from tests.integration.tools.counting_tools import effects
from tests.integration.tools.services import running
from tests.support.waiting import wait_until_async


@pytest.fixture(autouse=True)
async def service(redis: Redis, redis_url: str, store_url: str) -> AsyncIterator[FastAPI]:
    async with running(redis_url, store_url) as app:
        yield app


async def test_a_call_is_shown_while_it_runs_and_ends_with_its_result(
    worker: CallingWorker,
) -> None:
    """The events come before the result, over a real broker."""
    key = await worker.ask(worker.command("pay", '{"seconds": 0.5}'))
    events = await worker.saw(key, 2)
    assert [event.event["type"] for event in events] == ["progress_update", "client_effect"]
    assert worker.results(key) == []
    result = await worker.result(key)
    assert result.output == {"times": 1}
    assert [event["name"] for event in result.events] == ["paid"]


async def test_a_call_leaves_nothing_in_the_queue_and_its_replies_expire(
    worker: CallingWorker, redis: Redis
) -> None:
    """No key of Redis outlives its use."""
    await worker.call("pay", '{"seconds": 0}')
    assert await redis.xlen(topology.TOOL_CALLS) == 0
    assert (await redis.xpending(topology.TOOL_CALLS, topology.TOOLS))["pending"] == 0
    ttl = await redis.ttl(worker.replies)
    assert 0 < ttl <= topology.REPLIES_TTL.total_seconds()


async def test_equal_keys_are_one_call_however_often_and_wherever_it_is_asked(
    worker: CallingWorker, redis: Redis, redis_url: str, store_url: str
) -> None:
    """Ten messages to two replicas run the tool once."""
    async with running(redis_url, store_url, instance="tools-2"):
        command = worker.command("pay", '{"seconds": 0.5}')
        for _ in range(10):
            await worker.ask(command)
        result = await worker.result(command.key)
        await wait_until_async(lambda: _empty(redis))
        again = await worker.call("pay", key=command.key)
    assert await effects(redis, command.key) == 1
    assert again == result
    assert all(each == result for each in worker.results(command.key))


async def test_the_next_attempt_attaches_to_the_running_call_on_any_replica(
    worker: CallingWorker, redis: Redis, redis_url: str, store_url: str
) -> None:
    """A worker died; the tool goes on and its output goes to the next worker."""
    async with running(redis_url, store_url, instance="tools-2"):
        old = worker.command("pay", '{"seconds": 2}')
        await worker.ask(old)
        seen = await worker.saw(old.key, 2)
        await worker.take_over()
        elsewhere = topology.replies("another-worker")
        new = old.model_copy(update={"attempt": worker.turn.attempt, "reply_to": elsewhere})
        for _ in range(4):  # whichever replica gets it, the one that runs the call acts on it
            await worker.ask(new)
        await asyncio.sleep(0.5)
        await worker.ask(old)
        await wait_until_async(lambda: _heard(redis, elsewhere, b"finished"), 10)
    assert await effects(redis, old.key) == 1
    assert worker.results(old.key) == []
    assert worker.events(old.key) == seen
    entries = await _sent(redis, elsewhere)
    assert sum(b'"progress_update"' in entry for entry in entries) == 0
    assert b'"paid"' in entries[0]
    assert f'"seq":{seen[-1].seq}'.encode() in entries[0].replace(b" ", b"")


async def test_an_attempt_that_has_been_superseded_starts_nothing(
    worker: CallingWorker, redis: Redis
) -> None:
    """The ledger fences a dead attempt."""
    stale = worker.command("pay", '{"seconds": 0}')
    await worker.take_over()
    await worker.ask(stale)
    await worker.call("pay", '{"seconds": 0}')
    assert await effects(redis, stale.key) == 0
    assert worker.results(stale.key) == []


@pytest.mark.parametrize(
    ("tool", "failure"),
    [
        ("fail", ToolFailure.RAISED),
        ("hang", ToolFailure.TIMED_OUT),
        ("not_json", ToolFailure.NOT_JSON),
        ("pay", ToolFailure.INVALID_ARGUMENTS),
        ("no_such_tool", ToolFailure.UNKNOWN_TOOL),
    ],
)
async def test_a_failure_is_an_answer_too_and_stays_the_same(
    worker: CallingWorker, tool: str, failure: ToolFailure
) -> None:
    """A repeat gets the recorded failure, and the tool does not run again."""
    command = worker.command(tool)
    await worker.ask(command)
    result = await worker.result(command.key)
    assert result.failure is failure
    assert result.detail
    await worker.ask(command)
    await wait_until_async(lambda: len(worker.results(command.key)) == 2)
    assert worker.results(command.key)[1] == result


async def test_a_cancelled_call_ends_at_once(worker: CallingWorker) -> None:
    """A Stop reaches a tool in the middle of its work."""
    key = await worker.ask(worker.command("pay", '{"seconds": 30}'))
    await worker.saw(key)
    await worker.cancel(key)
    result = await worker.result(key, timeout=20)
    assert result.failure is ToolFailure.CANCELLED
    assert [event["name"] for event in result.events] == ["paid"]


async def test_a_fact_is_stored_once_and_handed_to_model_and_client(
    worker: CallingWorker,
) -> None:
    """One row, one note for the model, one client tool."""
    result = await worker.call("save_fact", '{"fact": " I <3 tea & cake "}')
    key = worker.heard[-1].key
    fact_id = derived_id("fact", key)
    assert result.output == {"fact_id": fact_id, "status": "saved"}
    assert result.client_tool is not None
    assert result.client_tool.name == "record_fact"
    assert result.client_tool.arguments == {"fact_id": fact_id, "fact_text": "I <3 tea & cake"}
    (note,) = result.events
    assert note["item"]["content"] == (
        f'<FACT_SAVED id="{fact_id}" threadId="{worker.turn.thread_id}">'
        "I &lt;3 tea &amp; cake</FACT_SAVED>"
    )
    await worker.call("save_fact", '{"fact": "I <3 tea & cake"}', key=key)
    facts = [fact for fact in await worker.store.facts.newest(OWNER) if fact.id == fact_id]
    assert [(fact.text, fact.thread_id) for fact in facts] == [
        ("I <3 tea & cake", worker.turn.thread_id)
    ]


async def test_the_theme_is_for_the_client_to_switch(worker: CallingWorker) -> None:
    """The service asks for a client tool and has no effect itself."""
    result = await worker.call("switch_theme", '{"theme": "dark"}')
    assert result.client_tool is not None
    assert result.client_tool.model_dump() == {
        "name": "switch_theme",
        "arguments": {"theme": "dark"},
    }


async def test_a_long_task_counts_its_seconds(worker: CallingWorker) -> None:
    """Progress comes while the call runs."""
    result = await worker.call("long_running_task", '{"seconds": 2}')
    told = {"status": "completed", "seconds": 2, "summary": "The task took 2 seconds."}
    assert result.output == told
    texts = [event.event["text"] for event in worker.events(worker.heard[-1].key)]
    assert texts == ["Working … 1 of 2", "Working … 2 of 2"]
    assert result.events == []


async def test_the_catalogue_is_there_for_a_limited_time(redis: Redis) -> None:
    """It ends with the last service that publishes it."""
    text: Any = await wait_until_async(lambda: redis.get(topology.CATALOGUE))
    catalogue = Catalogue.model_validate(orjson.loads(text))
    assert {"get_weather", "save_fact", "pay"} <= {tool.name for tool in catalogue.tools}
    assert 0 < await redis.ttl(topology.CATALOGUE) <= topology.CATALOGUE_TTL.total_seconds()


async def _empty(redis: Redis) -> bool:
    return bool(await redis.xlen(topology.TOOL_CALLS) == 0)


async def _heard(redis: Redis, stream: str, word: bytes) -> bool:
    return any(word in entry for entry in await _sent(redis, stream))


async def _sent(redis: Redis, stream: str) -> list[bytes]:
    entries: list[Any] = await redis.xrange(stream) or []
    return [fields[b"__data__"] for _, fields in entries]
