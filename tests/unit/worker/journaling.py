"""Attempts whose journal is real and whose store lives in memory, and one taking over another."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from agents import Agent, OpenAIResponsesModel, Runner, Tool
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.types import ThreadItemDoneEvent, ThreadMetadata, WorkflowItem
from openai import APIConnectionError
from turnstream.testing import MemoryStore
from turnstream_worker.attempt import Attempt
from turnstream_worker.callers import current_attempt
from turnstream_worker.replay.journal import Journal, current_journal
from turnstream_worker.thread.writes import Writes

from tests.support.stock import MemoryStore as ChatKitStore
from tests.unit.worker.attempts import an_attempt, let_run
from tests.unit.worker.responses_host import Json, ResponsesHost


async def begin_attempt(store: MemoryStore, number: int) -> Attempt:
    """Begin an attempt in this task, as the turn runner does; what the last one wrote is kept."""
    if (earlier := current_journal.get()) is not None:
        await earlier.committed()
    claimed = await let_run(store, number)
    attempt = an_attempt(number, thread_id=claimed.thread_id, budget=claimed.budget)
    journal = Journal(attempt, store, Writes(store, attempt))
    await journal.load()
    current_attempt.set(attempt)
    current_journal.set(journal)
    return attempt


async def streamed(agent: Agent[Any], shown: list[Any]) -> None:
    """A run as assistants do it. Adds what users see in the end to `shown`.

    Without times; and of a workflow without the id, which the stock store makes at random.
    """
    chats, thread = ChatKitStore(), ThreadMetadata(id="thr_1", created_at=datetime.now(UTC))
    await chats.save_thread(thread, {})
    context: AgentContext[Any] = AgentContext(thread=thread, store=chats, request_context={})
    result = Runner.run_streamed(agent, "go", context=context)
    async for event in stream_agent_response(context, result):
        match event:
            case ThreadItemDoneEvent(item=WorkflowItem() as item):
                shown.append([task.model_dump() for task in item.workflow.tasks])
            case ThreadItemDoneEvent(item=item):
                shown.append(item.model_dump(exclude={"created_at"}))
            case _:
                pass


async def whole(agent: Agent[Any], shown: list[Any]) -> None:
    """A run that is not streamed. Nobody sees anything of it."""
    await Runner.run(agent, "go")


@dataclass
class TakeOver:
    """What an attempt did until it died after its tools had ended, and what the next one did."""

    asked: list[list[bytes]] = field(default_factory=lambda: [[], []])
    """The requests for the model, of each."""
    shown: list[list[Any]] = field(default_factory=lambda: [[], []])
    """What users saw of each."""

    def assert_same(self) -> None:
        """The next one asked what the first had asked last, byte for byte, and showed the same."""
        assert len(self.asked[0]) == 2
        assert self.asked[1] == self.asked[0][1:]
        assert self.shown[1] == self.shown[0]


async def take_over(
    answer: Json,
    *tools: Tool,
    run: Callable[[Agent[Any], list[Any]], Any] = streamed,
    model: type[OpenAIResponsesModel] = OpenAIResponsesModel,
) -> TakeOver:
    """Let one attempt take over from another that died after its tools had ended."""
    store, result = MemoryStore(), TakeOver()
    for index, host in enumerate((ResponsesHost(answer), ResponsesHost())):
        await begin_attempt(store, index + 1)
        result.asked[index] = host.bodies
        agent = Agent[Any](name="a", model=model("m", host.client()), tools=list(tools))
        with pytest.raises(APIConnectionError):
            await run(agent, result.shown[index])
    return result


def end_attempts() -> None:
    """Leave this task without an attempt."""
    current_attempt.set(None)
    current_journal.set(None)
