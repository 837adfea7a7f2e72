"""The keeper of a turn's items: what is open, what is done, and what updates make of an item."""

from typing import Any

import orjson
import pytest
from turnstream.transcript import Transcript, apply_update

Json = dict[str, Any]


def added(item_id: str = "a", **fields: Any) -> Json:
    return {"type": "thread.item.added", "item": item(item_id, **fields)}


def done(item_id: str = "a", **fields: Any) -> Json:
    return {"type": "thread.item.done", "item": item(item_id, **fields)}


def item(item_id: str, **fields: Any) -> Json:
    return {"id": item_id, "type": "assistant_message", "content": [], **fields}


def updated(kind: str, item_id: str = "a", **fields: Any) -> Json:
    return {
        "type": "thread.item.updated",
        "item_id": item_id,
        "update": {"type": kind, **fields},
    }


def text(delta: str, index: int = 0, item_id: str = "a") -> Json:
    kind = "assistant_message.content_part.text_delta"
    return updated(kind, item_id, content_index=index, delta=delta)


def after(*events: Json) -> Transcript:
    return Transcript.of(orjson.dumps(event) for event in events)


def texts(transcript: Transcript, item_id: str = "a") -> list[str]:
    return [part["text"] for part in transcript.open_items[item_id]["content"]]


def test_an_item_is_open_from_its_beginning_to_its_end() -> None:
    """Removed, done and replaced items are not open; the last two are done."""
    removed = {"type": "thread.item.removed", "item_id": "c"}
    replaced = {"type": "thread.item.replaced", "item": item("d")}
    transcript = after(added("a"), added("b"), added("c"), added("d"), done("b"), removed, replaced)

    assert list(transcript.open_items) == ["a"]
    assert list(transcript.done) == ["b", "d"]


def test_text_adds_up_in_its_parts() -> None:
    """Whatever comes in between: another part, an annotation, a look at the item."""
    transcript = after(added(), text("He"), text("llo"), text("second", 1), text("!"))
    assert texts(transcript) == ["Hello!", "second"]

    transcript.apply(text(" And"))
    assert texts(transcript) == ["Hello! And", "second"]


def test_a_part_that_is_done_replaces_the_text_that_was_streamed() -> None:
    """Text that comes behind it is added to it."""
    kind = "assistant_message.content_part.done"
    whole = updated(kind, content_index=0, content={"type": "output_text", "text": "Hello."})
    assert texts(after(added(), text("Hel"), whole, text(" More"))) == ["Hello. More"]


def test_an_item_that_begins_anew_has_nothing_of_its_old_text() -> None:
    """Nor has it an end."""
    transcript = after(added(), text("old"), done(), added(), text("new"))
    assert texts(transcript) == ["new"]
    assert transcript.done == {}


def test_an_update_of_an_item_that_is_not_open_counts_as_another_event() -> None:
    """So do events that belong to no item; equal ones are counted."""
    progress = {"type": "progress_update", "text": "reading"}
    transcript = after(progress, progress, text("late", item_id="gone"))
    assert sorted(transcript.others.values()) == [1, 2]


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ({"type": "workflow.task.added", "task_index": 1, "task": "new"}, ["one", "new", "two"]),
        ({"type": "workflow.task.updated", "task_index": 1, "task": "new"}, ["one", "new"]),
    ],
)
def test_tasks_are_inserted_and_replaced(update: Json, expected: list[str]) -> None:
    """At the index that the update names."""
    workflow = {"id": "w", "workflow": {"tasks": ["one", "two"]}}
    apply_update(workflow, update)
    assert workflow == {"id": "w", "workflow": {"tasks": expected}}


@pytest.mark.parametrize(
    "update",
    [
        text("words")["update"],
        {"type": "workflow.task.added", "task_index": 0, "task": {}},
        {"type": "something.of.a.later.version"},
    ],
)
def test_an_update_that_does_not_fit_its_item_changes_nothing(update: Json) -> None:
    """An assistant may emit anything; its turn goes on."""
    widget = {"id": "w", "widget": {"type": "Card"}}
    apply_update(widget, update)
    assert widget == {"id": "w", "widget": {"type": "Card"}}
