"""What a remote tool shows of a workflow, and the workflow that ChatKit holds meanwhile."""

from datetime import UTC, datetime
from typing import Any

import pytest
from chatkit.agents import AgentContext
from chatkit.types import CustomTask, ThreadMetadata, Workflow, WorkflowItem
from turnstream.contracts.turns import Json
from turnstream_worker.tools.remote_events import RemoteEvents

from tests.support.stock import MemoryStore

Context = AgentContext[Any]
NOW = "2027-01-01T00:00:00Z"


def workflow(*titles: str) -> Json:
    """A workflow with these tasks, as a tool shows it."""
    tasks = [{"type": "custom", "title": title} for title in titles]
    shown = {"type": "custom", "tasks": tasks, "expanded": True}
    return {
        "id": "wf_1",
        "thread_id": "thr_1",
        "created_at": NOW,
        "type": "workflow",
        "workflow": shown,
    }


def task(kind: str, index: int, title: str) -> Json:
    """An update of one task."""
    changed = {"type": "custom", "title": title}
    update = {"type": f"workflow.task.{kind}", "task_index": index, "task": changed}
    return {"type": "thread.item.updated", "item_id": "wf_1", "update": update}


@pytest.fixture
def context() -> Context:
    """The context of an answer, which holds the tool's workflow as ChatKit would."""
    thread = ThreadMetadata(id="thr_1", created_at=datetime.now(UTC))
    held = WorkflowItem(
        id="wf_1",
        thread_id="thr_1",
        created_at=datetime(2027, 1, 1),
        workflow=Workflow(type="custom", tasks=[CustomTask(title="look")], expanded=True),
    )
    return AgentContext(thread=thread, store=MemoryStore(), request_context={}, workflow_item=held)


def titles(context: Context) -> list[str | None]:
    """The tasks of the workflow that ChatKit holds."""
    assert context.workflow_item is not None
    return [getattr(each, "title", None) for each in context.workflow_item.workflow.tasks]


async def test_the_held_workflow_has_the_tasks_that_the_tool_adds_and_changes(
    context: Context,
) -> None:
    """ChatKit closes it as it then stands, before the next item."""
    events = RemoteEvents("call_1", context)
    await events.show(task("added", 1, "write"))
    await events.show(task("updated", 0, "looked"))

    assert titles(context) == ["looked", "write"]


async def test_a_workflow_that_the_tool_has_closed_is_not_held_any_more(context: Context) -> None:
    """It would be closed a second time otherwise."""
    await RemoteEvents("call_1", context).show(
        {"type": "thread.item.done", "item": workflow("looked")}
    )
    assert context.workflow_item is None


async def test_an_update_that_does_not_fit_changes_nothing(context: Context) -> None:
    """It is shown all the same: the viewer's page decides."""
    kind = "assistant_message.content_part.text_delta"
    update = {"type": kind, "content_index": 0, "delta": "words"}
    await RemoteEvents("call_1", context).show(
        {"type": "thread.item.updated", "item_id": "wf_1", "update": update}
    )
    assert titles(context) == ["look"]


async def test_what_is_no_event_is_not_shown(context: Context) -> None:
    """It is the tool's mistake, and fails no turn."""
    await RemoteEvents("call_1", context).show({"type": "no.such.event"})
    assert titles(context) == ["look"]
