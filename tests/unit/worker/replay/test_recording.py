"""What a tool shows through ChatKit's context stays as the tool left it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from agents import Agent, RunContextWrapper, Runner, function_tool
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.types import (
    CustomTask,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadMetadata,
    Workflow,
    WorkflowItem,
)
from turnstream_worker.replay.install import install

from tests.support.stock import MemoryStore

NOW = datetime(2026, 1, 1)


@pytest.fixture(autouse=True)
def _installed() -> None:
    install()


async def shown_by(tool: Any) -> list[Any]:
    """The events of a run that calls a tool and then says something."""
    steps = [
        ModelStep(output=[function_call(tool.name, {}, call_id="call_1")]),
        ModelStep(output=[assistant_message("done")]),
    ]
    store = MemoryStore()
    thread = ThreadMetadata(id="thr_1", created_at=datetime.now(UTC))
    await store.save_thread(thread, {})
    context: AgentContext[Any] = AgentContext(thread=thread, store=store, request_context={})
    agent = Agent[AgentContext[Any]](name="a", model=ScriptedModel(steps), tools=[tool])
    result = Runner.run_streamed(agent, "hello", context=context)
    return [event async for event in stream_agent_response(context, result)]


async def test_a_workflow_that_a_tool_closed_is_not_closed_again() -> None:
    """Neither emptied nor folded up by the answer that follows it, however late it is seen."""

    def workflow(*tasks: CustomTask) -> WorkflowItem:
        shown = Workflow(type="custom", tasks=list(tasks), expanded=True)
        return WorkflowItem(id="wf_1", thread_id="thr_1", created_at=NOW, workflow=shown)

    @function_tool
    async def steps(ctx: RunContextWrapper[AgentContext[Any]]) -> str:
        """Show a finished workflow, as one that comes from elsewhere: in copies."""
        await ctx.context.stream(ThreadItemAddedEvent(item=workflow()))
        await ctx.context.stream(ThreadItemDoneEvent(item=workflow(CustomTask(title="first"))))
        return "shown"

    done = [event.item for event in await shown_by(steps) if event.type == "thread.item.done"]

    (item,) = [item for item in done if item.type == "workflow"]
    assert [task.title for task in item.workflow.tasks] == ["first"]
    assert item.workflow.expanded
