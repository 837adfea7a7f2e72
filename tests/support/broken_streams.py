"""A stream that breaks each rule of the grammar, and no other one."""

from typing import Any

from turnstream.conformance.grammar import rules
from turnstream.conformance.rules import Rule

from tests.support.chat_events import added, delta, done, item, message, updated

Json = dict[str, Any]

THREAD = {"id": "t", "created_at": "2026-01-01"}
CREATED = {"type": "thread.created", "thread": THREAD}
ASKED = done(item("u", "user_message", content=[], inference_options={}))
_PART = "assistant_message.content_part"
_NOTE = {"type": "annotation", "source": {"type": "url", "url": "u", "title": "t"}}
_WORK = item("f", "workflow", workflow={"type": "custom", "tasks": []})
_CARD = item("w", "widget", widget={"type": "Card", "children": []})


def _note(index: int) -> Json:
    kind = f"{_PART}.annotation_added"
    return updated("a", kind, content_index=0, annotation_index=index, annotation=_NOTE)


def _replaced(what: Json) -> Json:
    return {"type": "thread.item.replaced", "item": what}


def _removed(item_id: str) -> Json:
    return {"type": "thread.item.removed", "item_id": item_id}


ANSWER = [added(message("a", "")), delta("a", "He"), delta("a", "llo"), done(message("a", "Hello"))]
"""What a well-made answer looks like."""

BROKEN: dict[Rule, list[Json]] = {
    rules.EVENT_SHAPE: [CREATED, {"type": "thread.item.done", "item": {"id": "a"}}],
    rules.KNOWN_TYPES: [CREATED, {"type": "thread.item.blinked"}],
    rules.THREAD_CREATED_FIRST: [ASKED, CREATED],
    rules.THREAD_CREATED_ONCE: [CREATED, ASKED, CREATED],
    rules.ONE_THREAD: [CREATED, ASKED, done(message("a", "Hello") | {"thread_id": "other"})],
    rules.USERS_MESSAGE_WHOLE: [CREATED, added(ASKED["item"]), ASKED],
    rules.ADDED_ONCE: [CREATED, ANSWER[0], *ANSWER],
    rules.UPDATE_AFTER_ADDED: [CREATED, delta("a", "He"), done(message("a", "He"))],
    rules.NO_UPDATE_AFTER_END: [CREATED, *ANSWER, delta("a", "!")],
    rules.ITEMS_END_ONCE: [CREATED, *ANSWER, ANSWER[-1]],
    rules.ITEMS_END: [CREATED, *ANSWER[:-1]],
    rules.TYPE_STAYS: [CREATED, ANSWER[0], done(item("a", "end_of_turn"))],
    rules.UPDATE_FITS: [
        CREATED,
        added(_CARD),
        updated("w", "workflow.task.added", task_index=0, task={"type": "custom"}),
        done(_CARD),
    ],
    rules.PARTS_IN_ORDER: [CREATED, ANSWER[0], delta("a", "", 2), done(message("a", ""))],
    rules.PARTS_ADDED: [CREATED, added(message("a")), delta("a", "He"), done(message("a", "He"))],
    rules.DELTAS_ADD_UP: [CREATED, *ANSWER[:-1], done(message("a", "Hell"))],
    rules.ANNOTATIONS_IN_ORDER: [CREATED, ANSWER[0], _note(1), done(message("a", ""))],
    rules.ANNOTATIONS_KEPT: [CREATED, ANSWER[0], _note(0), done(message("a", ""))],
    rules.TASKS_IN_ORDER: [
        CREATED,
        added(_WORK),
        updated("f", "workflow.task.updated", task_index=0, task={"type": "custom"}),
        done(_WORK),
    ],
    rules.COMPONENTS_EXIST: [
        CREATED,
        added(_CARD),
        updated("w", "widget.streaming_text.value_delta", component_id="x", delta="a", done=True),
        done(_CARD),
    ],
    rules.REPLACED_EXISTS: [CREATED, _replaced(message("a", "Hello"))],
    rules.REMOVED_EXISTS: [CREATED, _removed("a")],
    rules.HIDDEN_STAYS_HIDDEN: [CREATED, done(item("h", "hidden_context_item", content="psst"))],
    rules.METADATA_STAYS: [
        {"type": "thread.created", "thread": THREAD | {"metadata": {"account": "7"}}}
    ],
}
"""`stream.nothing-after-end` and `stream.positions-rise` are about frames: see the tests of SSE."""
