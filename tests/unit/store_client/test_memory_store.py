"""The store in memory, as the documentation of its class shows it."""

import inspect
import textwrap
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from turnstream.contracts.schedules import CreateSchedule
from turnstream.contracts.store_api import WriteAttempt
from turnstream.contracts.turns import AcceptTurn, ClaimedTurn, ClaimTurn, RequestContext
from turnstream.store_client import StoreClient
from turnstream.testing import MemoryStore

from tests.support.turns import ANN, accept, item, message
from tests.support.waiting import wait_until


async def test_the_example_of_the_class_runs() -> None:
    """Word for word, with a request and with code that saves an item."""
    text = inspect.getdoc(MemoryStore) or ""
    lines = text[text.index("    store = MemoryStore()") :]
    body = textwrap.indent(textwrap.dedent(lines), "    ")

    async def your_code(store: StoreClient, claimed: ClaimedTurn) -> None:
        write = WriteAttempt(attempt=claimed.attempt, items=[item("msg_1")])
        await store.attempts.write(claimed.context.owner, claimed.turn_id, write)

    names: dict[str, Any] = {
        "MemoryStore": MemoryStore,
        "AcceptTurn": AcceptTurn,
        "ClaimTurn": ClaimTurn,
        "timedelta": timedelta,
        "request": message("hi"),
        "context": RequestContext(user_id="ann"),
        "your_code": your_code,
    }
    exec(f"async def example():\n{body}\n    return items\n", names)
    page = orjson.loads(await names["example"]())

    assert [each["type"] for each in page["data"]] == ["user_message", "assistant_message"]


async def test_two_stores_know_nothing_of_each_other() -> None:
    one, other = MemoryStore(), MemoryStore()
    command = AcceptTurn(
        turn_id="turn_1", request=message("hi"), context=RequestContext(user_id="ann")
    )
    await one.turns.accept(command)
    page = await other.threads.page(ANN, limit=20, order="asc", after=None)
    assert orjson.loads(page)["data"] == []


async def test_a_schedule_whose_thread_is_gone_is_paused() -> None:
    """What was due is told as refused. On a store this needs a clock that is set by hand."""
    store = MemoryStore()
    thread_id = (await accept(store)).thread_id
    run_at = datetime.now(UTC) + timedelta(milliseconds=50)
    asked = CreateSchedule(id="sch_1", message="Go.", run_at=run_at, thread_id=thread_id)
    await store.schedules.create(ANN, asked)
    await store.threads.delete(ANN, thread_id)
    wait_until(lambda: datetime.now(UTC) > run_at)

    [schedule] = await store.schedules.newest(ANN)

    assert schedule.paused_at is not None
    [occurrence] = await store.schedules.occurrences(ANN, "sch_1")
    assert (occurrence.outcome, occurrence.error_code) == ("refused", "not_found")
