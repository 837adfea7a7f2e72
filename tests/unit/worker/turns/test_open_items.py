"""However a turn ends, what it began is stored or taken back, and what is shown is stored."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from chatkit.types import (
    ClientToolCallItem,
    CustomTask,
    GeneratedImage,
    GeneratedImageItem,
    ThreadItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadStreamEvent,
    WidgetComponentUpdated,
    WidgetItem,
    WidgetRootUpdated,
    WidgetStreamingTextValueDelta,
    Workflow,
    WorkflowItem,
    WorkflowTaskAdded,
)
from chatkit.widgets import Card, Text
from turnstream.transcript import Transcript, same_content
from turnstream_worker.attempt import Interruption

from tests.support.turns import ANN
from tests.support.turns import item as stored_item
from tests.unit.worker.running import MADE, Script, ScriptedServer, Turn, Worker, said

ID = {"id": "x_1", "thread_id": "", "created_at": MADE}
CARD = Card(children=[Text(id="t", value="Hello")])
KINDS: dict[str, ThreadItem] = {
    "blank message": said("", "x_1"),
    "message": said("The whole answer.", "x_1"),
    "workflow": WorkflowItem(**ID, workflow=Workflow(type="custom", tasks=[CustomTask(title="a")])),
    "widget": WidgetItem(**ID, widget=CARD),
    "image to come": GeneratedImageItem(**ID),
    "image": GeneratedImageItem(**ID, image=GeneratedImage(id="i", url="data:,")),
    "client tool call": ClientToolCallItem(**ID, call_id="c", name="n", arguments={}),
}
KEPT_WHOLE = {"message", "workflow", "widget", "image", "client tool call"}
KEPT_EARLY = {"message", "workflow"}


def begins(item: ThreadItem, then: BaseException | None = None, *, waits: bool = False) -> Script:
    """An answer that begins an item and does not end it."""

    async def respond(_: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
        yield ThreadItemAddedEvent(item=item.model_copy(deep=True))
        if waits:
            await asyncio.Event().wait()
        if then is not None:
            raise then

    return respond


async def says_no_more(_: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
    """The next attempt, which answers something else."""
    yield ThreadItemDoneEvent(item=said("Something else.", "x_2"))


async def stored(turn: Turn) -> dict[str, Any]:
    """What the store shows a client of the turn, by id."""
    page = await turn.client.threads.items(
        ANN, turn.thread_id, limit=100, after=None, order="asc", seen_by=None
    )
    items = orjson.loads(page)["data"]
    return {item["id"]: item for item in items if item["type"] != "user_message"}


async def ended(turn: Turn, end: str) -> None:
    """Run the turn to an end of this name."""
    match end:
        case "stopped":
            await turn.interrupted(Interruption.STOP, when="x_1")
        case "timed out":
            await turn.interrupted(Interruption.TIMEOUT, when="x_1")
        case "handed over":
            await turn.interrupted(Interruption.DRAIN, when="x_1")
            await turn.run()
        case _:
            await turn.run()


@pytest.mark.parametrize("end", ["completed", "failed", "stopped", "timed out", "handed over"])
@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_stays_open_and_viewers_hold_what_is_stored(kind: str, end: str) -> None:
    """A spinner that turns for ever, or a text that is gone on a reload, would be the answer."""
    scripts = {
        "completed": [begins(KINDS[kind])],
        "failed": [begins(KINDS[kind], RuntimeError("no"))],
        "handed over": [begins(KINDS[kind], waits=True), says_no_more],
    }
    turn = await Worker(*scripts.get(end, [begins(KINDS[kind], waits=True)])).accept()

    await ended(turn, end)

    viewers = Transcript.of(orjson.dumps(event) for event in turn.shown)
    kept = await stored(turn)
    assert not viewers.open_items
    assert viewers.done.keys() == kept.keys()
    assert all(same_content(viewers.done[item_id], kept[item_id]) for item_id in kept)
    if end != "handed over":
        assert ("x_1" in kept) == (kind in (KEPT_WHOLE if end == "completed" else KEPT_EARLY))
    workflow = kept.get("x_1", {}).get("workflow")
    assert workflow is None or workflow["summary"] is not None


def updates(*changes: Any, then: BaseException | None = None) -> Script:
    """An answer that updates an item which it did not begin."""

    async def respond(_: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
        for change in changes:
            yield ThreadItemUpdatedEvent(item_id="old", update=change)
        if then is not None:
            raise then

    return respond


async def after_updates(kind: str, content: dict[str, Any], *scripts: Script) -> Any:
    """The older item as it is stored after a turn whose attempts ran these scripts."""
    worker = Worker(*scripts)
    turn = await worker.accept()
    old = stored_item("old", kind, thread_id=turn.thread_id, created_at=MADE.isoformat(), **content)
    await worker.client.threads.save_item(ANN, turn.thread_id, old)
    if len(scripts) > 1:
        await turn.interrupted(Interruption.DRAIN, when="old")
    await turn.run()
    return (await stored(turn))["old"]


ROOT = WidgetRootUpdated(widget=Card(children=[Text(id="t", value="New")]))
FAILURES = (None, RuntimeError("no"))


@pytest.mark.parametrize("failure", FAILURES, ids=["completed", "failed"])
async def test_a_new_root_for_a_widget_of_an_older_turn_is_stored(failure: Any) -> None:
    """Or a reload would show the old one, which could be clicked again."""
    widget = {"widget": CARD.model_dump(exclude_none=True)}
    item = await after_updates("widget", widget, updates(ROOT, then=failure))
    assert item["widget"]["children"][0]["value"] == "New"


async def test_text_that_streams_into_a_stored_widget_is_stored_once() -> None:
    """Also when the first attempt died with half of it."""
    widget = {"widget": CARD.model_dump(exclude_none=True)}
    delta = WidgetStreamingTextValueDelta(component_id="t", delta="!", done=False)
    component = WidgetComponentUpdated(component_id="t", component=Text(id="t", value="Bye"))

    async def hangs(server: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
        async for event in updates(component, delta)(server):
            yield event
        await asyncio.Event().wait()

    item = await after_updates("widget", widget, hangs, updates(component, delta, delta))
    assert item["widget"]["children"][0]["value"] == "Bye!!"


async def test_a_task_is_added_to_an_older_workflow_once() -> None:
    """ChatKit continues a workflow in the turn after a client tool."""
    workflow = {"workflow": {"type": "custom", "tasks": []}}
    task = WorkflowTaskAdded(task_index=0, task=CustomTask(title="a"))

    async def hangs(server: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
        async for event in updates(task)(server):
            yield event
        await asyncio.Event().wait()

    item = await after_updates("workflow", workflow, hangs, updates(task))
    assert [each["title"] for each in item["workflow"]["tasks"]] == ["a"]
