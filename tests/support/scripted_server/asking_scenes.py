"""Scenes that ask the user or the page something, and those that tell what the server knows."""

import json
from typing import Any

from chatkit.types import (
    ClientToolCallItem,
    StructuredInputFreeform,
    StructuredInputItem,
    StructuredInputMultipleChoice,
    StructuredInputMultipleChoiceOption,
    ThreadItemDoneEvent,
)

from .scenes import Events, Turn, scene

ARBITRARY = {"id", "thread_id", "created_at", "call_id", "summary"}
"""Fields of an item that two backends can't agree on."""


@scene("question")
async def question(turn: Turn) -> Events:
    """One question of each kind."""
    options = [StructuredInputMultipleChoiceOption(value=value) for value in ("red", "blue")]
    inputs: list[Any] = [
        StructuredInputMultipleChoice(id="one", question="Which?", options=options),
        StructuredInputMultipleChoice(
            id="some", question="Which ones?", options=options, multiple=True
        ),
        StructuredInputFreeform(id="why", question="Why?", description="In a word"),
        StructuredInputFreeform(id="else", question="Anything else?"),
    ]
    yield ThreadItemDoneEvent(item=StructuredInputItem(**turn.head(), inputs=inputs))


@scene("client tool")
async def client_tool(turn: Turn) -> Events:
    yield turn.says("Let me ask the page.")
    yield ThreadItemDoneEvent(item=client_call(turn))


@scene("client tools")
async def client_tools(turn: Turn) -> Events:
    """Two calls in a row, which should be impossible."""
    yield ThreadItemDoneEvent(item=client_call(turn))
    yield ThreadItemDoneEvent(item=client_call(turn))


def client_call(turn: Turn) -> ClientToolCallItem:
    return ClientToolCallItem(
        **turn.head("tool_call"),
        call_id="call-1",
        name="get_selection",
        arguments={"deep": [1, {"none": None}]},
    )


@scene("what I said")
async def what_i_said(turn: Turn) -> Events:
    """Everything the server got with the message."""
    assert turn.message is not None
    yield turn.says(_told(turn.message))


@scene("recall")
async def recall(turn: Turn) -> Events:
    """The history as the server reads it, page by page, and what it knows of the thread."""
    limit, order = turn.words.split()
    after: str | None = None
    told = []
    while True:
        page = await turn.store.load_thread_items(
            turn.thread.id, after, int(limit), order, turn.context
        )
        told.append([_told(item) for item in page.data])
        if not page.has_more:
            break
        after = page.after
    thread = await turn.store.load_thread(turn.thread.id, turn.context)
    known = {"title": thread.title, "status": thread.status.type, "metadata": thread.metadata}
    yield turn.says(json.dumps({"pages": told, **known}))


async def answer_heard(turn: Turn) -> Events:
    """After a question or a client tool call the server repeats the answer that it got."""
    newest = await turn.store.load_thread_items(turn.thread.id, None, 1, "desc", turn.context)
    yield turn.says("You told me: " + (_told(newest.data[0]) if newest.data else "nothing"))


def _told(item: Any) -> str:
    return json.dumps(_bare(item.model_dump(mode="json", exclude_none=True)), sort_keys=True)


def _bare(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _bare(child) for name, child in node.items() if name not in ARBITRARY}
    return [_bare(child) for child in node] if isinstance(node, list) else node
