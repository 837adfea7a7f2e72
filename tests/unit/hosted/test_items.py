"""Items of hosted ChatKit in our form, and back in the hosted one."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from chatkit.types import ThreadItem
from pydantic import TypeAdapter
from turnstream.contracts.turns import Json
from turnstream.hosted.folder import attachment_path
from turnstream.hosted.importing import Line
from turnstream.hosted.items import UnreadableItem, attachments_of, our_item
from turnstream_gateway.hosted.items import hosted_item

from tests.support.hosted.conversations import (
    WIDGET,
    answered,
    attached,
    item,
    said,
    whole_conversation,
)

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
HERE = "cthr_1"


def equal_in_json(item: Json) -> Json:
    """An item whose JSON text is parsed: how it was spaced is nobody's concern."""
    texts = {name: json.loads(item[name]) for name in ("widget", "arguments") if name in item}
    return item | texts


@pytest.mark.parametrize("hosted", whole_conversation(HERE), ids=lambda each: each["type"])
def test_an_item_is_chatkits_and_comes_back_equal(hosted: Json) -> None:
    """Field for field, through our hosted API. ChatKit's own types take each."""
    ours = our_item(hosted, HERE, {})
    ITEM.validate_python(ours)
    back = hosted_item(ours).model_dump()
    assert equal_in_json(back) == equal_in_json(hosted)


def test_what_a_widget_holds_stays() -> None:
    """Also properties that nobody knows yet."""
    hosted = item(HERE, 1, "widget", widget=json.dumps(WIDGET))
    assert our_item(hosted, HERE, {})["widget"] == WIDGET


def test_several_quotes_become_one() -> None:
    """ChatKit's message has room for one."""
    hosted = said(HERE, 1, "And this?")
    hosted["content"] += [{"type": "quoted_text", "text": text} for text in ("one", "two")]
    assert our_item(hosted, HERE, {})["quoted_text"] == "one\n\ntwo"


def test_a_thought_without_words_has_empty_ones() -> None:
    """ChatKit's thoughts always have a text."""
    hosted = item(HERE, 1, "task", task_type="thought", heading=None, summary=None)
    ours = our_item(hosted, HERE, {})
    ITEM.validate_python(ours)
    assert ours["task"] == {"type": "thought", "content": ""}


def test_text_that_nothing_can_keep_is_replaced() -> None:
    """In a widget, which is text in text, as in all else."""
    hosted = item(HERE, 1, "widget", widget='{"type":"Card","value":"a\\u0000\\ud83d"}')
    assert our_item(hosted, HERE, {})["widget"]["value"] == "a\ufffd\ufffd"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"type": "chatkit.generated_image"}, "of unknown type chatkit.generated_image"),
        ({"type": 7}, "of unknown type 7"),
        ({}, "of unknown type None"),
        (item(HERE, 1, "widget", widget="{"), "damaged chatkit.widget"),
        (item(HERE, 1, "widget", widget="[]"), "damaged chatkit.widget"),
        (item(HERE, 1, "widget", widget="{}"), "damaged chatkit.widget"),
        (item(HERE, 1, "task_group", tasks=[None]), "damaged chatkit.task_group"),
        (answered(HERE, 1, "a") | {"content": "a"}, "damaged chatkit.assistant_message"),
        (said(HERE, 1, "a") | {"created_at": "now"}, "damaged chatkit.user_message"),
    ],
)
def test_what_has_no_form_is_named(wrong: Any, reason: str) -> None:
    """Nothing half-understood gets into a thread, which a model reads."""
    with pytest.raises(UnreadableItem, match=reason):
        our_item(wrong, HERE, {})


def test_an_attachment_is_named_in_its_message() -> None:
    """As it was made ours."""
    hosted = said(HERE, 1, "Look", attachments=[attached("file_1", None)])
    ours = {"id": "file_1", "type": "file", "name": "a", "mime_type": "image/png"}
    assert our_item(hosted, HERE, {"file_1": ours})["attachments"] == [ours]


def test_the_line_that_the_guide_shows_is_one() -> None:
    """Anyone who comes from elsewhere copies it."""
    guide = (Path(__file__).parents[3] / "docs/guides/from-hosted.md").read_text()
    [shown] = re.findall(r"```json\n(.*?)```", guide, re.DOTALL)
    line = Line.model_validate_json(shown)
    [named] = attachments_of(line.items[0])
    attached = {named.id: {"id": named.id, "type": "file", "name": "", "mime_type": ""}}
    for each in line.items:
        ITEM.validate_python(our_item(each, line.thread.id, attached))


@pytest.mark.parametrize("wild", ["../a", "a/b", ".", "é", "a" * 121, "", "a\0"])
def test_an_id_never_leaves_the_folder(tmp_path: Any, wild: str) -> None:
    """One that cannot name a file is told by its digest."""
    path = attachment_path(tmp_path, wild)
    assert path.parent == tmp_path / "attachments"
    assert path.name.startswith("id_")
    assert attachment_path(tmp_path, "file-A_1").name == "file-A_1"
