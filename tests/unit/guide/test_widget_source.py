"""Widgets that a model makes up: what is refused, and the source of what is shown."""

import json
from typing import Any

import orjson
import pytest
from turnstream_guide.cards.jsx import code_block, jsx
from turnstream_guide.cards.widget_validation import DEEPEST, LONGEST, InvalidWidget, parse_widget


def card(*children: Any, **props: Any) -> dict[str, Any]:
    return {"type": "Card", **props, "children": list(children)}


def nested(levels: int) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "Text", "value": "deep"}
    for _ in range(levels):
        node = {"type": "Box", "children": [node]}
    return card(node)


def plain(text: str) -> str:
    return text


@pytest.mark.parametrize(
    "shape",
    [
        card({"type": "Text", "value": "hello"}),
        card({"type": "Text", "value": "x", "glow": "from a newer client"}, border={"size": 1}),
        {"type": "ListView", "children": [{"type": "ListViewItem", "children": []}]},
        {"type": "Basic", "children": [card(), {"type": "Divider"}]},
        card({"type": "Transition", "children": {"type": "Text", "value": "x"}}),
        card({"type": "Button", "label": "Go", "onClickAction": {"type": "go", "payload": {}}}),
        nested((DEEPEST - 4) // 2),
    ],
)
def test_a_shape_of_chatkits_vocabulary_is_taken_as_it_is(shape: dict[str, Any]) -> None:
    assert parse_widget(json.dumps(shape), plain) == shape


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ("not json", "not JSON"),
        ("", "not JSON"),
        ('{"type": "Card", "children": [NaN]}', "not JSON"),
        ('"Card"', "`widget` can't be `str`"),
        ("[]", "`widget` can't be `list`"),
        ("{}", "`widget` can't be `None`"),
        ({"type": "Text", "value": "no root"}, "`widget` can't be `Text`"),
        (card({"type": "Script", "value": "x"}), "`widget.children.0` can't be `Script`"),
        (card({"type": ["Text"]}), "can't be `['Text']`"),
        (card("text"), "`widget.children.0` can't be `str`"),
        (card(card()), "`widget.children.0` can't be `Card`"),
        ({"type": "ListView", "children": [{"type": "Text", "value": "x"}]}, "ListViewItem"),
        ({"type": "Card", "children": "text"}, "`widget.children`"),
        ({"type": "Card"}, "`widget.children`: Field required"),
        (card({"type": "Text"}), "`widget.children.0.value`: Field required"),
        (card({"type": "Badge", "label": "x", "color": "pink"}), "`widget.children.0.color`"),
        (card({"type": "Icon", "name": "no such icon"}), "`widget.children.0.name"),
        (nested(DEEPEST // 2), "levels deep"),
        (card({"type": "Text", "value": "x" * LONGEST}), "characters"),
        (
            card({"type": "Button", "onClickAction": {"type": "turnstream.resume"}}),
            "begin with `turnstream.`",
        ),
        (
            card(confirm={"label": "OK", "action": {"type": "turnstream.approve", "payload": 1}}),
            "begin with `turnstream.`",
        ),
    ],
)
def test_what_is_no_widget_is_refused_with_a_reason(shape: Any, reason: str) -> None:
    """The reason names the place, so that a model can mend it."""
    text = shape if isinstance(shape, str) else json.dumps(shape)
    with pytest.raises(InvalidWidget) as refused:
        parse_widget(text, plain)
    assert reason in str(refused.value)


def test_a_bomb_of_brackets_is_refused_before_anything_walks_it() -> None:
    with pytest.raises(InvalidWidget):
        parse_widget("[" * 9000 + "]" * 9000, plain)


def test_a_payload_may_not_be_nested_without_end() -> None:
    payload: Any = 1
    for _ in range(500):
        payload = [payload]
    action = {"type": "go", "payload": payload}
    with pytest.raises(InvalidWidget, match="levels deep"):
        parse_widget(json.dumps(card({"type": "Button", "onClickAction": action})), plain)


def test_the_source_is_nested_as_the_widget_is() -> None:
    shape = card({"type": "Row", "children": [{"type": "Text", "value": "hi"}]}, size="md")
    assert jsx(shape).splitlines() == [
        '<Card size="md">',
        "  <Row>",
        '    <Text value="hi" />',
        "  </Row>",
        "</Card>",
    ]


@pytest.mark.parametrize(
    ("props", "source"),
    [
        ({}, "<Text />"),
        ({"value": "it's fine"}, '<Text value="it\'s fine" />'),
        ({"value": 'say "hi"'}, '<Text value={"say \\"hi\\""} />'),
        ({"value": "tea & cake"}, '<Text value={"tea & cake"} />'),
        ({"value": "two\nlines"}, '<Text value={"two\\nlines"} />'),
        ({"value": "C:\\dir"}, '<Text value={"C:\\\\dir"} />'),
        ({"value": "{braces} </Text>"}, '<Text value="{braces} </Text>" />'),
        ({"value": "台北"}, '<Text value="台北" />'),
        ({"truncate": True}, "<Text truncate />"),
        ({"truncate": False}, "<Text truncate={false} />"),
        ({"maxLines": 2}, "<Text maxLines={2} />"),
        ({"color": {"light": "red", "dark": "blue"}}, '{"light": "red", "dark": "blue"}'),
        ({"value": None}, "<Text />"),
        ({'x onload="': 1}, '<Text {...{"x onload=\\"": 1}} />'),
    ],
)
def test_a_property_is_written_so_that_it_means_what_it_is(
    props: dict[str, Any], source: str
) -> None:
    """A string is quoted where JSX takes it as it is, and an escaped expression elsewhere."""
    assert source in jsx({"type": "Text", **props})


def test_many_properties_get_a_line_each() -> None:
    shape = {
        "type": "Text",
        "value": "x" * 50,
        "size": "md",
        "weight": "semibold",
        "truncate": True,
    }
    assert jsx(shape).splitlines() == [
        "<Text",
        f'  value="{"x" * 50}"',
        '  size="md"',
        '  weight="semibold"',
        "  truncate",
        "/>",
    ]


def test_nothing_in_the_source_closes_its_fence() -> None:
    block = code_block(jsx({"type": "Markdown", "value": "````\ncode"}), "jsx")
    assert block.startswith("`````jsx\n")
    assert block.endswith("\n`````")


def test_the_source_of_a_deep_shape_is_written() -> None:
    assert jsx(orjson.loads(json.dumps(nested(14)))).count("<Box>") == 14
