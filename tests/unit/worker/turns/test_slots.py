"""A worker runs so many turns at a time, and answers short calls beside them."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from turnstream_worker.short_calls.short_call_tasks import ShortCallTasks
from turnstream_worker.turns.slots import Slots

Work = Callable[[], Awaitable[None]]


@pytest.fixture
def gate() -> asyncio.Event:
    """Work waits for it."""
    return asyncio.Event()


async def _wait(gate: asyncio.Event, begun: list[str], name: str) -> None:
    begun.append(name)
    await gate.wait()


async def test_a_job_is_taken_while_a_slot_is_free(gate: asyncio.Event) -> None:
    """With one slot left, the next turn may start at once."""
    slots = Slots(2)
    slots.start(_wait(gate, [], "one"))

    async with asyncio.timeout(5):
        await slots.wait_for_free()


async def test_with_every_slot_taken_the_next_job_waits_for_an_end(gate: asyncio.Event) -> None:
    """It is free as soon as a turn has ended, however it ended."""
    slots = Slots(1)
    slots.start(_wait(gate, [], "one"))
    waiting = asyncio.create_task(slots.wait_for_free())
    await asyncio.sleep(0.01)
    assert not waiting.done()

    for task in slots.tasks:
        task.cancel()
    async with asyncio.timeout(5):
        await waiting
    assert slots.tasks == set()


async def test_a_call_beyond_the_limit_is_dropped_and_no_turn_is(gate: asyncio.Event) -> None:
    """Its caller gets a timeout; a flood of calls costs no turn anything."""
    begun: list[str] = []
    short_call_tasks, slots = ShortCallTasks(limit=1), Slots(1)

    short_call_tasks.start(_wait(gate, begun, "first call"))
    short_call_tasks.start(_wait(gate, begun, "second call"))
    slots.start(_wait(gate, begun, "turn"))
    await asyncio.sleep(0)

    assert begun == ["first call", "turn"]


async def test_room_is_free_again_when_a_call_has_been_answered(gate: asyncio.Event) -> None:
    """The limit is on those that wait or run."""
    begun: list[str] = []
    short_call_tasks = ShortCallTasks(limit=1)
    short_call_tasks.start(_wait(gate, begun, "first call"))
    gate.set()
    await asyncio.wait(short_call_tasks.tasks)

    short_call_tasks.start(_wait(gate, begun, "second call"))
    await asyncio.sleep(0)

    assert begun == ["first call", "second call"]
