"""Attempts whose journal is real and whose store lives in memory, and one taking over another."""

from collections.abc import Callable
from typing import Any

import pytest
from agents import Agent, OpenAIResponsesModel, Runner, Tool
from openai import APIConnectionError
from turnstream.testing import MemoryStore
from turnstream_worker.attempt import Attempt
from turnstream_worker.callers import current_attempt
from turnstream_worker.replay.journal import Journal, current_journal
from turnstream_worker.thread.writes import Writes

from tests.unit.worker.attempts import an_attempt, let_run
from tests.unit.worker.responses_host import Json, ResponsesHost


async def begin_attempt(store: MemoryStore, number: int) -> Attempt:
    """Begin an attempt in this task, as the turn runner does; what the last one wrote is kept."""
    if (earlier := current_journal.get()) is not None:
        await earlier.committed()
    claimed = await let_run(store, number)
    attempt = an_attempt(number, thread_id=claimed.thread_id)
    journal = Journal(attempt, store, Writes(store, attempt))
    await journal.load()
    current_attempt.set(attempt)
    current_journal.set(journal)
    return attempt


async def streamed(agent: Agent[Any]) -> None:
    """A run as assistants do it."""
    async for _ in Runner.run_streamed(agent, "go").stream_events():
        pass


async def whole(agent: Agent[Any]) -> None:
    """A run that is not streamed."""
    await Runner.run(agent, "go")


async def take_over(
    answer: Json, *tools: Tool, run: Callable[[Agent[Any]], Any] = streamed, **options: Any
) -> tuple[list[bytes], list[bytes]]:
    """The requests of an attempt that dies after its tools have ended, and those of the next."""
    store = MemoryStore()
    first, second = ResponsesHost(answer), ResponsesHost()
    for number, host in ((1, first), (2, second)):
        await begin_attempt(store, number)
        model = OpenAIResponsesModel("m", host.client())
        with pytest.raises(APIConnectionError):
            await run(Agent(name="a", model=model, tools=list(tools), **options))
    return first.bodies, second.bodies


def end_attempts() -> None:
    """Leave this task without an attempt."""
    current_attempt.set(None)
    current_journal.set(None)
