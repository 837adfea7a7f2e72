"""A turn read in a terminal: what was said stands as it is, what was done stands in brackets."""

from typing import Any

import pytest
from turnstream.prose import Kind, Prose
from turnstream.prose.widgets import DEEPEST, widget_text

Event = dict[str, Any]


def told(*events: Event) -> str:
    prose = Prose()
    return "".join(piece.text for event in events for piece in prose.tell(event))


def delta(text: str, item_id: str = "m1") -> Event:
    update = {"type": "assistant_message.content_part.text_delta", "delta": text}
    return {"type": "thread.item.updated", "item_id": item_id, "update": update}


def done(kind: str, item_id: str = "m1", **fields: Any) -> Event:
    return {"type": "thread.item.done", "item": {"id": item_id, "type": kind, **fields}}


def message(text: str, item_id: str = "m1") -> Event:
    return done("assistant_message", item_id, content=[{"type": "output_text", "text": text}])


LOOK = {"title": "Look", "content": "it up"}
WHERE = {"question": "Where?", "options": [{"value": "A"}, {"value": "B"}]}
PROGRESS = {"type": "progress_update", "text": "searching"}


def test_text_is_told_as_it_comes_and_not_again_when_it_is_whole() -> None:
    assert told(delta("Hel"), delta("lo"), message("Hello")) == "Hello"


def test_a_message_that_comes_whole_is_told_whole() -> None:
    assert told(message("Hello")) == "Hello"


def test_two_messages_are_two_paragraphs() -> None:
    assert told(message("One"), message("Two", "m2"), delta("Three", "m3")) == "One\n\nTwo\n\nThree"


def test_progress_is_a_line_of_its_own() -> None:
    assert told(delta("One"), PROGRESS, delta(" two")) == "One\n[searching]\n two"


def test_what_the_user_said_is_not_told_to_them() -> None:
    assert told(done("user_message", content=[{"type": "input_text", "text": "hi"}])) == ""


def test_an_error_comes_last_and_is_named() -> None:
    told_last = [*Prose().tell({"type": "error", "code": "custom", "message": "No model."})]
    assert told_last == [("error: No model.\n", Kind.ERROR)]
    assert told({"type": "error", "code": "stream.error"}) == "error: Something went wrong.\n"


def test_an_answer_that_another_attempt_begins_again_says_so() -> None:
    removed = {"type": "thread.item.removed", "item_id": "m1"}
    assert told(delta("On"), removed, delta("One", "m2")) == (
        "On\n[what was said last is taken back]\n\nOne"
    )


def test_what_an_item_was_replaced_by_is_told_again() -> None:
    widget = {"type": "Card", "children": [{"type": "Text", "value": "3 °C"}]}
    replaced = done("widget", widget=widget) | {"type": "thread.item.replaced"}
    assert told(done("widget", widget=widget), replaced) == "3 °C\n\n3 °C\n"


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (done("widget", widget={"type": "Card"}, copy_text="Oslo, 3 °C"), "Oslo, 3 °C\n"),
        (done("workflow", workflow={"tasks": [LOOK]}), "[Look: it up]\n"),
        (done("task", task={"title": "Looked"}), "[Looked]\n"),
        (done("client_tool_call", name="go", arguments={"x": 1}), '[asks the page: go {"x":1}]\n'),
        (
            done("structured_input", status="pending", inputs=[WHERE, {"question": "Why?"}]),
            "Where? (A / B)\nWhy?\n",
        ),
        (done("generated_image", image={"url": "https://chat.example/i.png"}), "[https://chat.example/i.png]\n"),
        (done("generated_image", image={"url": "data:image/png;base64,AAAA"}), "[a picture]\n"),
        (done("end_of_turn"), ""),
        ({"type": "notice", "level": "info", "message": "Slow today"}, "[Slow today]\n"),
        ({"type": "client_effect", "name": "x", "data": {}}, ""),
        ({"type": "of a later version"}, ""),
    ],
)  # fmt: skip
def test_what_each_item_says(item: Event, text: str) -> None:
    assert told(item) == text


def test_a_turn_told_again_begins_again() -> None:
    prose = Prose()
    [*prose.tell(delta("Hello"))]
    again = [*prose.restart(), *prose.tell(delta("Hello"))]
    assert "".join(piece.text for piece in again) == "\n[from the beginning]\n\nHello"


def test_nothing_in_it_is_obeyed_by_a_terminal() -> None:
    assert told(delta("\x1b[2Jgone\x07\tand\nback")) == "\ufffd[2Jgone\ufffd\tand\nback"


def test_a_widget_is_read_block_by_block() -> None:
    row = {
        "type": "Row",
        "children": [{"type": "Text", "value": "Oslo"}, {"type": "Text", "value": "3 °C"}],
    }
    card = {
        "type": "Card",
        "children": [
            {"type": "Title", "value": "Weather"},
            row,
            {"type": "Image", "src": "x", "alt": "a cloud"},
            {"type": "Button", "label": "More"},
            {"type": "Chart", "data": [1]},
        ],
    }  # fmt: skip
    assert widget_text(card) == "Weather\nOslo  3 °C\n[a cloud]\n[More]"


def test_a_tree_that_never_ends_is_read_to_a_depth() -> None:
    node: dict[str, Any] = {"value": "deep"}
    for _ in range(DEEPEST):
        node = {"children": node}
    assert widget_text(node) == "deep"
    assert widget_text({"children": node}) == ""
    assert widget_text("no tree") == ""
