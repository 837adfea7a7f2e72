"""Building a thread from events as the ChatKit UI does."""

from typing import Any

from tests.support.chat_client import Transcript
from tests.support.chat_events import added, delta, done, item, message, updated

Json = dict[str, Any]


def after(*events: Json) -> Transcript:
    transcript = Transcript()
    for event in events:
        transcript.apply(event)
    return transcript


def test_text_grows_by_deltas() -> None:
    """Deltas append to their content part, and the item is in progress until done."""
    transcript = after(added(message("a")), delta("a", "Hel"), delta("a", "lo"))
    assert transcript.text() == "Hello"
    assert transcript.status == {"a": "in_progress"}


def test_content_parts_are_added_annotated_and_finished() -> None:
    """A part update replaces its part, an annotation goes to its place."""
    part = {"type": "output_text", "text": "", "annotations": []}
    kind = "assistant_message.content_part"
    note = {"type": "annotation", "source": {"type": "url", "url": "u", "title": "t"}}
    transcript = after(
        added(message("a")),
        updated("a", f"{kind}.added", content_index=0, content=part),
        delta("a", "x"),
        updated(
            "a",
            f"{kind}.annotation_added",
            content_index=0,
            annotation_index=0,
            annotation=note,
        ),
        updated("a", f"{kind}.done", content_index=1, content=part | {"text": "second"}),
    )
    assert transcript.items["a"]["content"] == [
        part | {"text": "x", "annotations": [note]},
        part | {"text": "second"},
    ]
    assert part["annotations"] == []


def test_an_item_added_again_is_reset_in_place() -> None:
    """The second `added` of an id clears its text and keeps its place among the items."""
    transcript = after(
        added(message("a")),
        delta("a", "half"),
        done(message("b")),
        added(message("a", "")),
    )
    assert list(transcript.items) == ["a", "b"]
    assert transcript.items["a"] == message("a", "")


def test_done_and_replaced_upsert() -> None:
    """A finished item takes the place of its id, with every property it came with."""
    replaced = item("a", "future_kind", anything={"goes": True})
    transcript = after(done(message("a", "x")), {"type": "thread.item.replaced", "item": replaced})
    assert transcript.items == {"a": replaced}
    assert transcript.status == {"a": "done"}


def test_a_removed_item_is_gone() -> None:
    """Removing drops the item and its status; removing what was never there is no mistake."""
    removed = {"type": "thread.item.removed", "item_id": "a"}
    transcript = after(added(message("a")), removed, removed)
    assert (transcript.items, transcript.status, transcript.complaints) == ({}, {}, [])


def test_widgets_update_by_root_component_and_text() -> None:
    """A widget is exchanged whole, by component wherever it is nested, or grows by text."""
    text = {"type": "Text", "id": "t", "value": "a", "streaming": True}
    card = {
        "type": "Card",
        "border": 3,
        "children": [{"type": "Row", "children": [text]}],
    }
    streaming = added(item("w", "widget", widget={"type": "Card", "children": []}))
    root = updated("w", "widget.root.updated", widget=card)
    grown = updated(
        "w", "widget.streaming_text.value_delta", component_id="t", delta="b", done=True
    )
    title = {"type": "Title", "id": "t", "value": "new"}
    component = updated("w", "widget.component.updated", component_id="t", component=title)

    widget = after(streaming, root, grown).items["w"]["widget"]
    assert widget["border"] == 3
    assert widget["children"][0]["children"][0] == text | {
        "value": "ab",
        "streaming": False,
    }
    widget = after(streaming, root, grown, component).items["w"]["widget"]
    assert widget["children"][0]["children"][0] == title


def test_workflows_gain_and_change_tasks() -> None:
    """Tasks are added at their index and exchanged there."""
    one, two = ({"type": "custom", "title": title} for title in ("one", "two"))
    transcript = after(
        added(item("f", "workflow", workflow={"type": "custom", "tasks": []})),
        updated("f", "workflow.task.added", task_index=0, task=one),
        updated("f", "workflow.task.added", task_index=1, task=one),
        updated("f", "workflow.task.updated", task_index=1, task=two),
    )
    assert transcript.items["f"]["workflow"]["tasks"] == [one, two]


def test_images_are_exchanged() -> None:
    """A partial image takes the place of the one before."""
    image = {"id": "i", "url": "data:,"}
    transcript = after(
        added(item("g", "generated_image")),
        updated("g", "generated_image.updated", image=image, progress=0.5),
    )
    assert transcript.items["g"]["image"] == image


def test_the_thread_is_kept_without_its_items() -> None:
    """Thread events carry the thread's own fields; items come by item events."""
    thread = {"id": "t", "created_at": "2026-01-01", "title": "Cats"}
    created = {"type": "thread.created", "thread": thread | {"items": {"data": []}}}
    assert after(created).thread == thread


def test_passing_events_are_collected() -> None:
    """Progress, effects, notices and errors are kept apart, in order."""
    events = [
        {"type": "progress_update", "text": "looking"},
        {"type": "client_effect", "name": "cheer"},
        {"type": "notice", "level": "info", "message": "soon full"},
        {"type": "error", "code": "custom"},
    ]
    transcript = after(
        *events, {"type": "stream_options", "stream_options": {"allow_cancel": True}}
    )
    kept = (
        transcript.progress,
        transcript.effects,
        transcript.notices,
        transcript.errors,
    )
    assert kept == tuple([event] for event in events)
    assert transcript.stream_options == {"allow_cancel": True}


def test_what_a_ui_could_not_apply_is_complained_about() -> None:
    """Updates of unknown items, misfits and unknown events leave a complaint, and no change."""
    transcript = after(
        added(item("f", "workflow", workflow={"type": "custom", "tasks": []})),
        delta("nobody", "x"),
        updated("f", "workflow.task.updated", task_index=3, task={}),
        updated("f", "widget.root.updated", widget={}),
        updated("f", "no.such.update"),
        {"type": "no.such.event"},
    )
    assert len(transcript.complaints) == 5
    assert list(transcript.items) == ["f"]


def test_events_are_not_aliased() -> None:
    """Later updates change the transcript, not the event it came from."""
    event = added(message("a", ""))
    after(event, delta("a", "x"))
    assert event["item"]["content"][0]["text"] == ""
