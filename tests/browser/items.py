"""A thread with an item of every type in every state, and an answer with every event."""

from typing import Any

_AT = "2026-01-01T00:00:00Z"
THREAD: dict[str, Any] = {
    "id": "thr_canned",
    "title": "Everything at once",
    "created_at": _AT,
    "status": {"type": "active"},
    "metadata": {},
}
PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwAD"
    "hgGAWjR9awAAAABJRU5ErkJggg=="
)
_MARKDOWN = """# A heading

A **bold** word, an *italic* one, `code`, a [link](https://example.com), a source.

- one
- [x] two

> quoted

| a | b |
|---|--:|
| x | 1 |

```python
print("hello")
```

![a picture](/canned/picture.png)
"""
_URL = {
    "type": "url",
    "title": "A page",
    "url": "https://example.com/page",
    "description": "What it says",
    "attribution": "Example",
    "group": "pages",
}
_FILE = {"type": "file", "title": "A file", "filename": "notes.txt", "description": "In it"}
_ENTITY = {
    "type": "entity",
    "id": "ent_1",
    "title": "An entity",
    "icon": "cube",
    "label": "thing",
    "inline_label": "the thing",
    "interactive": True,
    "data": {"key": "value"},
}
_ANNOTATIONS = [
    {"type": "annotation", "source": source, "index": 20 + at}
    for at, source in enumerate((_URL, _FILE, _ENTITY))
]
_TASKS: list[dict[str, Any]] = [
    {"type": "custom", "title": "Dig", "icon": "cube", "content": "In **earth**"},
    {
        "type": "web_search",
        "title": "Search",
        "title_query": "cats",
        "queries": ["cats", "dogs"],
        "sources": [_URL],
        "status_indicator": "complete",
    },
    {"type": "thought", "title": "A thought", "content": "So it *is*", "status_indicator": "none"},
    {"type": "file", "title": "Read", "sources": [_FILE], "status_indicator": "loading"},
    {"type": "image", "title": "Look"},
]
_QUESTIONS: list[dict[str, Any]] = [
    {
        "type": "multiple_choice",
        "id": "one",
        "question": "Which?",
        "options": [{"value": "red"}, {"value": "blue"}],
    },
    {
        "type": "multiple_choice",
        "id": "some",
        "question": "Which ones?",
        "multiple": True,
        "options": [{"value": "red"}, {"value": "blue"}],
    },
    {"type": "freeform", "id": "why", "question": "Why?", "description": "In a word"},
]
_ANSWERS = [
    {**question, "answer": {"values": ["red"], "skipped": False}} for question in _QUESTIONS
]


def item(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    """An item of the thread, with what all items have."""
    common = {"id": f"{kind}_{number}", "thread_id": THREAD["id"], "created_at": _AT}
    return {"type": kind, **common, **fields}


def said_by_user(given: dict[str, Any]) -> dict[str, Any]:
    """The message that the input of a request becomes."""
    return item("user_message", 99, **{**given, "attachments": []})


def user_message() -> dict[str, Any]:
    """One with all that a message can have."""
    return item(
        "user_message",
        1,
        content=[
            {"type": "input_text", "text": "Look at "},
            {"type": "input_tag", "id": "tag", "text": "Ann", "data": {}, "interactive": True},
        ],
        attachments=[
            {"type": "file", "id": "atc_1", "name": "notes.txt", "mime_type": "text/plain"},
            {
                "type": "image",
                "id": "atc_2",
                "name": "cat.png",
                "mime_type": "image/png",
                "preview_url": PICTURE,
            },
        ],
        quoted_text="As you said",
        inference_options={"tool_choice": {"id": "search"}, "model": "large"},
    )


def assistant_message(number: int = 1, text: str = _MARKDOWN) -> dict[str, Any]:
    """One with every construct of Markdown and every kind of source."""
    content = {"type": "output_text", "text": text, "annotations": _ANNOTATIONS}
    return item("assistant_message", number, content=[content])


def widget(root: dict[str, Any], number: int = 1) -> dict[str, Any]:
    """A widget."""
    return item("widget", number, widget=root, copy_text="a copy")


CARD = {
    "type": "Card",
    "status": {"text": "Ready", "icon": "check"},
    "confirm": {"label": "Yes", "action": {"type": "yes"}},
    "cancel": {"label": "No", "action": {"type": "no"}},
    "children": [
        {"type": "Title", "value": "A card"},
        {"type": "Text", "id": "grows", "value": "Some text"},
        {"type": "Button", "label": "Go", "onClickAction": {"type": "go", "payload": {}}},
    ],
}


def every_item() -> list[dict[str, Any]]:
    """In the order of a conversation. What is pending comes last."""
    workflow = {"type": "custom", "tasks": _TASKS, "expanded": True}
    summary = {"title": "Done", "icon": "check"}
    image = {"id": "img_1", "url": PICTURE}
    return [
        user_message(),
        item("workflow", 1, workflow={**workflow, "summary": summary}),
        item("workflow", 2, workflow={**workflow, "type": "reasoning", "summary": {"duration": 5}}),
        *(item("task", at, task=task) for at, task in enumerate(_TASKS)),
        assistant_message(),
        widget(CARD),
        item("generated_image", 1, image=image),
        item("generated_image", 2, image=None),
        item(
            "client_tool_call",
            1,
            status="completed",
            call_id="call_1",
            name="ask",
            arguments={"what": "colour"},
            output="red",
        ),
        item("structured_input", 1, status="answered", inputs=_ANSWERS),
        item("structured_input", 2, status="skipped", inputs=_QUESTIONS),
        item("end_of_turn", 1),
        item("nobody_knows_this", 1, content="What a later version brings"),
        item("structured_input", 3, status="pending", inputs=_QUESTIONS),
    ]


def every_event() -> list[dict[str, Any]]:
    """What may come of a message, with its end in an error that can be retried."""
    levels = ("info", "warning", "danger")
    return [
        {"type": "stream_options", "stream_options": {"allow_cancel": True}},
        {"type": "progress_update", "icon": "search", "text": "Looking around"},
        {"type": "client_effect", "name": "shake", "data": {"hard": True}},
        *_growing_workflow(),
        *_growing_message(),
        *_growing_widget(),
        *_growing_image(),
        *(
            {"type": "notice", "level": level, "title": f"A {level}", "message": "Mind **this**"}
            for level in levels
        ),
        {"type": "nobody_knows_this", "text": "What a later version brings"},
        {"type": "error", "code": "custom", "message": "The cat did it", "allow_retry": True},
    ]


def _growing_workflow() -> list[dict[str, Any]]:
    steps = item("workflow", 50, workflow={"type": "custom", "tasks": []})
    return [
        _added(steps),
        _update(steps, "workflow.task.added", task_index=0, task=_TASKS[1]),
        _update(steps, "workflow.task.updated", task_index=0, task=_TASKS[2]),
        _done(steps),
    ]


def _growing_message() -> list[dict[str, Any]]:
    growing = item("assistant_message", 50, content=[])
    part, whole = "assistant_message.content_part", assistant_message(50)
    empty = {"type": "output_text", "text": "", "annotations": []}
    cited = {"annotation_index": 0, "annotation": _ANNOTATIONS[0]}
    return [
        _added(growing),
        _update(growing, f"{part}.added", content_index=0, content=empty),
        _update(growing, f"{part}.text_delta", content_index=0, delta="It grows **word"),
        _update(growing, f"{part}.text_delta", content_index=0, delta=" by word**"),
        _update(growing, f"{part}.annotation_added", content_index=0, **cited),
        _update(growing, f"{part}.done", content_index=0, content=whole["content"][0]),
        _done(whole),
    ]


def _growing_widget() -> list[dict[str, Any]]:
    card = widget(CARD, 50)
    more = {"type": "Text", "id": "grows", "value": "More", "streaming": True}
    delta = {"component_id": "grows", "delta": " text", "done": True}
    return [
        _added(card),
        _update(card, "widget.root.updated", widget=CARD),
        _update(card, "widget.component.updated", component_id="grows", component=more),
        _update(card, "widget.streaming_text.value_delta", **delta),
        _done(card),
    ]


def _growing_image() -> list[dict[str, Any]]:
    empty = item("generated_image", 50, image=None)
    image = {"id": "img", "url": PICTURE}
    return [
        _added(empty),
        _update(empty, "generated_image.updated", image=image, progress=0.5),
        _done({**empty, "image": image}),
    ]


def _added(whole: dict[str, Any]) -> dict[str, Any]:
    return {"type": "thread.item.added", "item": whole}


def _done(whole: dict[str, Any]) -> dict[str, Any]:
    return {"type": "thread.item.done", "item": whole}


def _update(whole: dict[str, Any], kind: str, **fields: Any) -> dict[str, Any]:
    update = {"type": kind, **fields}
    return {"type": "thread.item.updated", "item_id": whole["id"], "update": update}
