"""`run_step`: what an app does itself happens once in a turn, as far as a record can hold that."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from pydantic import BaseModel
from turnstream import StepNotRecordable, recorded_stream, run_step
from turnstream.contracts.turns import TurnBudget
from turnstream.errors import BudgetExhausted
from turnstream.steps import STEP_LIMIT, current_steps
from turnstream.testing import MemoryStore
from turnstream_worker.attempt import id_scope
from turnstream_worker.replay.journal import Journal, current_journal
from turnstream_worker.replay.steps import JournaledSteps
from turnstream_worker.thread.writes import Writes

from tests.unit.worker.journaling import begin_attempt, end_attempts


class Weather(BaseModel):
    city: str
    degrees: float


@dataclass
class Hit:
    file: str


class Effects:
    """Counts what really happened."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def do(self, value: Any) -> Any:
        self.done.append(value)
        return value

    async def do_later(self, value: Any) -> Any:
        await asyncio.sleep(0)
        return self.do(value)

    async def chunks(self, *values: Any) -> AsyncIterator[Any]:
        for value in values:
            yield await self.do_later(value)


@pytest.fixture(autouse=True)
def journaled_steps() -> Iterator[None]:
    token = current_steps.set(JournaledSteps())
    yield
    end_attempts()
    current_steps.reset(token)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def effects() -> Effects:
    return Effects()


async def test_a_step_happens_once_in_a_turn(store: MemoryStore, effects: Effects) -> None:
    """The second attempt gets what the first one recorded, for plain and async functions alike."""
    for attempt in (1, 2):
        await begin_attempt(store, attempt)
        assert await run_step("plain", lambda: effects.do({"a": [1, None]})) == {"a": [1, None]}
        assert await run_step("async", lambda: effects.do_later("x")) == "x"
    assert effects.done == [{"a": [1, None]}, "x"]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (Weather(city="Oslo", degrees=12.5), Weather),
        ([Hit("a"), Hit("b")], list[Hit]),
        (timedelta(seconds=3), timedelta),
        (("a", 1), tuple[str, int]),
        (None, None),
    ],
)
async def test_a_step_returns_what_its_type_says(
    store: MemoryStore, value: object, kind: Any
) -> None:
    """Both attempts get an equal object of the same type."""
    for attempt in (1, 2):
        await begin_attempt(store, attempt)
        got = await run_step("typed", lambda: value, returns=kind)
        assert (got, type(got)) == (value, type(value))


async def test_the_first_attempt_gets_what_the_second_would(store: MemoryStore) -> None:
    """A tuple is a list from the beginning, so that no difference waits for a crash."""
    await begin_attempt(store, 1)
    pair: object = await run_step("pair", lambda: (1, 2))
    assert pair == [1, 2]


@pytest.mark.parametrize("value", [Weather(city="Oslo", degrees=1), {1: "a"}, b"bytes", {"a"}])
async def test_what_is_no_json_needs_its_type(store: MemoryStore, value: object) -> None:
    """It is refused at once, and not only after a crash."""
    await begin_attempt(store, 1)
    with pytest.raises(StepNotRecordable, match="returns"):
        await run_step("odd", lambda: value)


async def test_a_step_has_a_size(store: MemoryStore) -> None:
    """A result past the limit is refused by name."""
    await begin_attempt(store, 1)
    with pytest.raises(StepNotRecordable, match=str(STEP_LIMIT)):
        await run_step("large", lambda: "é" * (STEP_LIMIT // 2))  # two bytes each


async def test_equal_names_are_told_apart_by_their_order(
    store: MemoryStore, effects: Effects
) -> None:
    """A loop may use one name; the attempt that takes over goes on where it stopped."""
    await begin_attempt(store, 1)
    assert [await run_step("page", partial(effects.do, n)) for n in (1, 2)] == [1, 2]
    await begin_attempt(store, 2)
    assert [await run_step("page", partial(effects.do, n)) for n in (1, 2, 3)] == [1, 2, 3]
    assert effects.done == [1, 2, 3]


async def test_steps_of_parallel_tool_calls_do_not_meet(
    store: MemoryStore, effects: Effects
) -> None:
    """Each tool call counts for itself, in whatever order the calls come to their steps."""

    async def call(call_id: str) -> Any:
        id_scope.set(call_id)
        return await run_step("look up", lambda: effects.do(call_id))

    for attempt, order in enumerate((["a", "b"], ["b", "a"]), 1):
        await begin_attempt(store, attempt)
        assert list(await asyncio.gather(*map(call, order))) == order
    assert sorted(effects.done) == ["a", "b"]


async def test_a_failure_is_not_recorded(store: MemoryStore, effects: Effects) -> None:
    """It is raised as it is; a retry has the record, and the next attempt does not fail again."""

    def fail() -> str:
        effects.do("failed")
        raise ConnectionError("away")

    await begin_attempt(store, 1)
    with pytest.raises(ConnectionError, match="away"):
        await run_step("flaky", fail)
    assert await run_step("flaky", lambda: effects.do("worked")) == "worked"
    await begin_attempt(store, 2)
    again: object = await run_step("flaky", fail)
    assert again == "worked"
    assert effects.done == ["failed", "worked"]


async def test_a_step_that_was_stopped_is_not_recorded(
    store: MemoryStore, effects: Effects
) -> None:
    """Stop cancels it. If the turn is run again, it happens again: at least once."""
    await begin_attempt(store, 1)
    step = asyncio.create_task(run_step("slow", asyncio.Event().wait))
    await asyncio.sleep(0)
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    await begin_attempt(store, 2)
    assert await run_step("slow", lambda: effects.do(True)) is True


async def test_a_plain_function_may_block(store: MemoryStore) -> None:
    """It has a thread, and the event loop goes on meanwhile."""
    await begin_attempt(store, 1)
    released = threading.Event()
    waiting = asyncio.create_task(run_step("blocks", lambda: released.wait(10)))
    await asyncio.sleep(0)
    released.set()
    assert await waiting is True


async def test_outside_a_turn_a_step_is_a_call(effects: Effects) -> None:
    """Anything may be returned, and every call is made."""
    assert await run_step("free", lambda: effects.do({"a"})) == {"a"}
    assert await run_step("free", lambda: effects.do({"a"})) == {"a"}
    assert [each async for each in recorded_stream("free", lambda: effects.chunks(1))] == [1]
    assert len(effects.done) == 3


async def test_a_turn_without_a_budget_left_begins_no_step(store: MemoryStore) -> None:
    """The turn ends before the effect."""
    attempt = await begin_attempt(store, 1)
    attempt.claimed = attempt.claimed.model_copy(update={"budget": TurnBudget(max_tokens=1)})
    current_journal.set(Journal(attempt, store, Writes(store, attempt)))
    attempt.exhausted = "The turn may use 1 tokens."
    with pytest.raises(BudgetExhausted):
        await run_step("late", lambda: 1)


async def test_a_stream_is_played_back_at_once(store: MemoryStore, effects: Effects) -> None:
    """Chunks come as they come in the first attempt, and from the record in the second."""
    for attempt in (1, 2):
        await begin_attempt(store, attempt)
        stream = recorded_stream("answer", lambda: effects.chunks(Hit("a"), Hit("b")), returns=Hit)
        assert [each async for each in stream] == [Hit("a"), Hit("b")]
    assert len(effects.done) == 2


async def test_a_stream_that_was_cut_off_is_asked_for_again(
    store: MemoryStore, effects: Effects
) -> None:
    """Half an answer is no record."""
    await begin_attempt(store, 1)
    stream = recorded_stream("answer", lambda: effects.chunks("a", "b"))
    assert await anext(stream) == "a"
    await stream.aclose()
    await begin_attempt(store, 2)
    again = recorded_stream("answer", lambda: effects.chunks("a", "b"))
    assert [each async for each in again] == ["a", "b"]
    assert effects.done == ["a", "a", "b"]
